/** True where the text, a number of JSON, is just what this number is written as: other zeros mean nothing. */
export function isDecimalOf(value: number, text: string): boolean {
  return Number.isFinite(value) && normal(text) === normal(String(value));
}

/** Its digits without zeros at either end, and the exponent of the last. */
function normal(text: string): string {
  const [, sign = "", whole = "", fraction = "", exponent = "0"] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  const digits = (whole + fraction).replace(/^0+/, "");
  const significant = digits.replace(/0+$/, "");
  if (significant === "") return "0";
  return `${sign}${significant}e${Number(exponent) - fraction.length + digits.length - significant.length}`;
}
