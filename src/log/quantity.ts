// Counts and sizes as sentences say them, in full. Counterparts: cli/size-text.ts and cli/quantity-text.ts, which save
// columns; cli/byte-size.ts, which reads sizes.

/** `1,234,567` */
export function countText(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `1 delivery`, `4,211 deliveries` */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${countText(count)} ${count === 1 ? one : many}`;
}

/** `256 MiB`, `1.5 KiB`, `21 B` */
export function formatByteSize(bytes: number): string {
  const names = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let name = 0;
  for (; value >= 1024 && name < names.length - 1; name++) value /= 1024;
  return `${name === 0 || value >= 100 ? Math.round(value) : Number(value.toPrecision(3))} ${names[name]}`;
}
