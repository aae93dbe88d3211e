/** @file `scratchlm chat`: a conversation with a model in the terminal. */
import { writeFile } from "node:fs/promises";
import { UserError } from "../errors.ts";
import { fileError, placeToWrite } from "../file-errors.ts";
import { lineReader, readMessage } from "./chat-input.ts";
import type { LineReader } from "./chat-input.ts";
import { chatFormat } from "./chat-template-option.ts";
import { defineCommand } from "./command.ts";
import { Conversation } from "./conversation.ts";
import { openWriter, writerOptions } from "./open-writer.ts";
import { samplingFrom, samplingOptions, seedFrom } from "./sampling-options.ts";
import { nearest } from "./suggestion.ts";
import { paint } from "./terminal.ts";
import type { StopSignal, Terminal } from "./terminal.ts";

const options = {
  model: {
    kind: "text",
    hint: "path",
    description: "a folder or file of a model, or a downloaded model",
  },
  system: { kind: "text", hint: "text", description: "what the model is told before all else" },
  template: {
    kind: "choice",
    choices: ["plain"],
    description: "plain for a model without a chat template (the model's own)",
  },
  maxNewTokens: { kind: "whole", least: 1, description: "most tokens of an answer (1024)" },
  ...samplingOptions,
  stop: { kind: "texts", hint: "text", description: "ends an answer before it; may be repeated" },
  ...writerOptions,
} as const;

const help = `/reset        forget what was said
/system TEXT  tell the model something before all else, and start again
/save FILE    write the conversation as JSON
/quit         leave (so does Ctrl-D, or Ctrl-C twice)
/help         this text
A line that ends with \\ goes on; """ begins and ends a message of several lines; // begins one with a slash.
Ctrl-C stops an answer.
`;

export const chatCommand = defineCommand({
  usage: "chat --model <path>",
  description: `Talks with a model by its own chat template. In the chat:\n\n${help}`,
  options,
  examples: [
    ["chat --model Qwen/Qwen3-0.6B --quantization q8", "a downloaded model"],
    ["chat --model runs/my --template plain", "a model that was not trained to chat"],
    ["echo 'Hello!' | scratchlm chat --model Qwen/Qwen3-0.6B", "one question, for a script"],
  ],
  async run({ values, positionals }, terminal) {
    if (values.model === undefined || positionals.length > 0) {
      const got = positionals.length > 0 ? `"${positionals[0]}" without --model` : "none";
      throw new UserError(`--model: expected a model, got ${got}. Write --model <path>.`);
    }
    const sampling = samplingFrom(values);
    const writer = await openWriter(values.model, values, terminal);
    try {
      const { tokenizer, path } = writer;
      if (!tokenizer) {
        throw new UserError(
          `${path}: expected a model with a tokenizer, got none. A folder has one in tokenizer.json.`,
        );
      }
      const format = await chatFormat(values.template, tokenizer, path);
      const maxNewTokens = values.maxNewTokens ?? 1024;
      const request = { ...sampling, maxNewTokens, seed: seedFrom(values), stop: values.stop };
      const conversation = new Conversation({ writer, tokenizer, format, request }, values.system);
      return await new Chat(conversation, terminal).run();
    } finally {
      writer.release();
    }
  },
});

/** The conversation on a terminal. */
class Chat {
  readonly #conversation: Conversation;
  readonly #terminal: Terminal;
  readonly #reader: LineReader;
  /** Stops the answer that is being written. */
  #answer: AbortController | undefined;
  #exitCode: number | undefined;

  constructor(conversation: Conversation, terminal: Terminal) {
    this.#conversation = conversation;
    this.#terminal = terminal;
    this.#reader = lineReader(terminal);
  }

  /** Talks until the person leaves; gives the exit code. */
  async run(): Promise<number> {
    const stopListening = this.#terminal.onStopSignal((signal) => this.#interrupt(signal));
    try {
      this.#say("/help tells what can be typed. /quit leaves.\n");
      let wasInterrupted = false;
      while (this.#exitCode === undefined) {
        const line = await readMessage(this.#reader, "> ");
        if (line === "end" || (line === "interrupted" && wasInterrupted)) break;
        wasInterrupted = line === "interrupted";
        if (line === "interrupted") this.#say("Ctrl-C again leaves.\n");
        else if (line.text.trim() !== "" && (await this.#take(line.text)) === "quit") break;
      }
      return this.#exitCode ?? 0;
    } finally {
      stopListening();
      this.#reader.close();
    }
  }

  /** Ctrl-C while an answer is written stops it; any other signal ends the chat. */
  #interrupt(signal: StopSignal): void {
    this.#answer?.abort();
    if (signal === "SIGINT" && this.#answer) return;
    this.#exitCode = signal === "SIGINT" ? 130 : 143;
    this.#reader.close();
  }

  async #take(text: string): Promise<"quit" | void> {
    try {
      if (text.startsWith("//")) await this.#ask(text.slice(1));
      else if (text.startsWith("/")) return await this.#command(text);
      else await this.#ask(text);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      this.#terminal.stderr.write(`${error.message.replace(/\s*\n\s*/g, " ")}\n`);
    }
  }

  async #ask(content: string): Promise<void> {
    const { stdout } = this.#terminal;
    this.#answer = new AbortController();
    try {
      const answer = this.#conversation.ask(content, this.#answer.signal);
      let next = await answer.next();
      for (; !next.done; next = await answer.next()) stdout.write(next.value);
      stdout.write("\n");
      if (next.value === "aborted") this.#say("(stopped)\n");
      if (next.value === "length") this.#say("(as long as --max-new-tokens allows)\n");
      if (next.value === "context") this.#say("(the context is full; /reset starts again)\n");
    } finally {
      this.#answer = undefined;
    }
  }

  async #command(line: string): Promise<"quit" | void> {
    const [, name, argument] = /^\/(\S*)\s*([^]*?)\s*$/.exec(line)!;
    if (name === "quit" || name === "exit") return "quit";
    if (name === "help") return this.#terminal.stdout.write(help);
    if (name === "reset") {
      this.#conversation.reset();
      return this.#say("What was said is forgotten.\n");
    }
    if (name === "system") {
      this.#conversation.reset(argument);
      return this.#say(argument ? "A new conversation.\n" : "A new conversation, without one.\n");
    }
    if (name === "save") return this.#save(argument);
    const meant = nearest(name, ["reset", "system", "save", "quit", "help"]);
    const advice = meant ? `Did you mean /${meant}?` : "/help tells which there are.";
    throw new UserError(`/${name}: expected a command of the chat, got an unknown one. ${advice}`);
  }

  async #save(file: string): Promise<void> {
    if (file === "") throw new UserError("/save: expected the name of a file, got none.");
    const json = JSON.stringify({ messages: this.#conversation.messages }, null, 2);
    await writeFile(file, `${json}\n`).catch(async (error) => {
      throw fileError(error, file, placeToWrite);
    });
    this.#say(`Written to ${file}.\n`);
  }

  /** Tells a person something that is no part of the conversation; a script is not told. */
  #say(text: string): void {
    if (this.#terminal.stdin.isTTY !== true) return;
    this.#terminal.stderr.write(paint(this.#terminal, "dim", text));
  }
}
