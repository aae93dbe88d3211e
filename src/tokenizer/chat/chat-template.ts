/**
 * @file A model's chat template, written in Jinja: from messages to the text that the model was trained on. The Jinja interpreter is loaded
 * with the first template, so that whoever only encodes does not pay for it.
 */
import { UserError } from "../../errors.ts";
import type { ChatMessage, ToolSchema } from "./chat-message.ts";
import { callStripFunctions } from "./strip-methods.ts";
import { templateGlobals } from "./template-globals.ts";

export interface RenderOptions {
  /** Whether the text ends with what makes the model answer (default: false). */
  readonly addGenerationPrompt?: boolean;
  /** Tools that the model may call, where the template knows tools. */
  readonly tools?: readonly ToolSchema[];
  /** Documents to answer from, where the template knows documents. */
  readonly documents?: readonly Readonly<Record<string, unknown>>[];
  /** What else the template asks for, such as `enable_thinking`. */
  readonly variables?: Readonly<Record<string, unknown>>;
  /** What `strftime_now` takes for now. */
  readonly now?: Date;
}

export interface RenderedChat {
  readonly text: string;
  /** The ranges, in UTF-16 units, that the template marks as the assistant's; `undefined` if it marks none. */
  readonly generated: readonly (readonly [start: number, end: number])[] | undefined;
}

// Characters that no text has stand at the ends of `{% generation %}` blocks until their places are known.
const generationStart = "\ufdd0";
const generationEnd = "\ufdd1";
const marks = /[\ufdd0\ufdd1]/;
/** A character that no text has, to find where a message goes. */
export const placeMark = "\ufdd2";
const generationTag = /\{%(-?)\s*(end)?generation\s*(-?)%\}/g;

type Render = (variables: Record<string, unknown>) => string;

/** A template that has been read. */
export class ChatTemplate {
  /** Whether it marks what is the assistant's. */
  readonly marksGeneration: boolean;
  readonly #render: Render;
  readonly #variables: Readonly<Record<string, unknown>>;

  private constructor(render: Render, marksGeneration: boolean, variables: object) {
    this.#render = render;
    this.marksGeneration = marksGeneration;
    this.#variables = { ...variables };
  }

  /** From its source and the variables that it always has, such as `bos_token`. */
  static async from(source: string, variables: object = {}): Promise<ChatTemplate> {
    const { Environment, Interpreter, parse, tokenize } = await import("@huggingface/jinja");
    const marked = source.replace(generationTag, (_tag, left: string, isEnd, right: string) => {
      const mark = isEnd ? generationEnd : generationStart;
      return `{%${left} if true %}{{ "${mark}" }}{% endif ${right}%}`;
    });
    const whitespace = { trim_blocks: true, lstrip_blocks: true };
    const program = refusing("a template in Jinja", () => parse(tokenize(marked, whitespace)));
    callStripFunctions(program);
    const render: Render = (values) => {
      const environment = new Environment();
      for (const [name, value] of Object.entries(values)) environment.set(name, value);
      return String(new Interpreter(environment).run(program).value);
    };
    return new ChatTemplate(render, marked !== source, variables);
  }

  /** The text of the messages. */
  render(messages: readonly ChatMessage[], options: RenderOptions = {}): RenderedChat {
    if (messages.length === 0) {
      throw new UserError("chat template: expected at least one message, got none. Add one.");
    }
    if (marks.test(JSON.stringify([messages, options.tools, options.variables]))) {
      throw new UserError(
        "chat template: expected text without U+FDD0 and U+FDD1, which are no characters, got one. Remove it.",
      );
    }
    const { addGenerationPrompt = false, tools, documents, now } = options;
    const text = refusing("messages that the template takes", () =>
      this.#render({
        ...templateGlobals(now),
        ...this.#variables,
        messages,
        tools: tools ?? null,
        documents: documents ?? null,
        add_generation_prompt: addGenerationPrompt,
        ...options.variables,
      }),
    );
    return this.marksGeneration ? withoutMarks(text) : { text, generated: undefined };
  }
}

/** What a template objects to, and what it cannot do, is for the user to mend. */
function refusing<T>(expected: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    const { message } = error as Error;
    throw new UserError(
      `chat template: expected ${expected}, got "${message}". Change the messages, or use another template.`,
      { cause: error },
    );
  }
}

function withoutMarks(marked: string): RenderedChat {
  const generated: [number, number][] = [];
  let text = "";
  let start = 0;
  for (const part of marked.split(/(?=[\ufdd0\ufdd1])/)) {
    if (part.startsWith(generationStart)) start = text.length;
    if (part.startsWith(generationEnd)) generated.push([start, text.length]);
    text += marks.test(part.charAt(0)) ? part.slice(1) : part;
  }
  return { text, generated };
}
