const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
const largest = units.length - 1;

/** A size as people read it: `1.2 GiB`. */
export function formatBytes(bytes: number): string {
  const floor = bytes < 1 ? 0 : Math.min(Math.floor(Math.log2(bytes) / 10), largest);
  // What rounds to 1024 of a unit is one of the next.
  const power = Math.round(bytes / 1024 ** floor) >= 1024 ? Math.min(floor + 1, largest) : floor;
  const amount = bytes / 1024 ** power;
  return `${power === 0 || amount >= 100 ? Math.round(amount) : amount.toFixed(1)} ${units[power]}`;
}
