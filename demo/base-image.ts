/** What stands in an application's files for the image that its Dockerfile builds on: its build argument BASE. */
const PLACEHOLDER = '{{baseImage}}';

/** A file of an application with its base image filled in. One that names none stays as it is, byte for byte. */
export function withBaseImage(bytes: Buffer, baseImage: string): Buffer {
  return bytes.includes(PLACEHOLDER) ? Buffer.from(bytes.toString('utf8').replaceAll(PLACEHOLDER, baseImage)) : bytes;
}
