/** How somebody who acts was known, and by which request, for the record of what they did. */
export interface KnownBy {
  /** The kind of credential and its id; never the credential. */
  readonly authentication: string;
  /** As the API's answer and its log name it. */
  readonly requestId: string;
}

/** How it is known who set something off, and whether anything but a message that anybody may have written says so. */
export interface Telling {
  readonly known: KnownBy;
  readonly isProved: boolean;
}
