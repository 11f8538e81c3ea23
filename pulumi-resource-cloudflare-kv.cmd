@echo off
node "%~dp0pulumi-resource-cloudflare-kv" %*
