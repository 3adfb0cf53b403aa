// The code that Node puts on errors of the file system: `ENOENT`.

export function errorCode(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | undefined)?.code;
}
