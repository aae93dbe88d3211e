/** @file What a conversation is made of, in the words that chat templates know. */

/** A part of a message: a text, or what a template makes of another type, such as an image. */
export interface ContentPart {
  readonly type: string;
  readonly text?: string;
  readonly [field: string]: unknown;
}

/** A call of a tool that the assistant asks for. */
export interface ToolCall {
  readonly type?: string;
  readonly id?: string;
  readonly function: {
    readonly name: string;
    /** An object, or JSON where the template wants a text. */
    readonly arguments: unknown;
  };
}

/** One message; a template may know more fields. */
export interface ChatMessage {
  /** `system`, `user`, `assistant`, `tool`, or what else the template knows. */
  readonly role: string;
  readonly content?: string | null | readonly ContentPart[];
  readonly tool_calls?: readonly ToolCall[];
  readonly [field: string]: unknown;
}

/** A tool as its JSON schema: `{ type: "function", function: { name, description, parameters } }`. */
export type ToolSchema = Readonly<Record<string, unknown>>;
