/** How somebody who acts was known, and by which request, for the record of what they did. */
export interface KnownBy {
  /** The kind of credential and its id; never the credential. */
  readonly authentication: string;
  /** As the API's answer and its log name it. */
  readonly requestId: string;
}
