/**
 * What starts the plugin where it is a script: with the Node.js beside it, or else with the one on PATH.
 */
export const posixLauncher = `#!/bin/sh
here=$(cd -- "$(dirname -- "$0")" && pwd)
if [ -x "$here/node" ]; then exec "$here/node" "$here/launcher.cjs" "$@"; fi
if command -v node >/dev/null; then exec node "$here/launcher.cjs" "$@"; fi
echo "pulumi-cloudflare-kv needs Node.js 22.19 or newer, and there is no node on PATH: install it" >&2
exit 1
`;

export const windowsLauncher = `@echo off\r\nnode "%~dp0launcher.cjs" %*\r\n`;
