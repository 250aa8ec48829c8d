/** The lab cannot do what was asked; the message says what was observed and what to do. */
export class LabError extends Error {
  override readonly name = 'LabError';
}
