/** Errors that a person can mend: bad input, a missing file, an option out of range. */

/**
 * An error whose message is for the user. The command line prints it in one line, without a stack, and exits
 * with code 1; any other error is a bug and shows its stack.
 * Wording: `<what>: expected …, got …. <what to do>`.
 */
export class UserError extends Error {
  override readonly name = "UserError";
}
