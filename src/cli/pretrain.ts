/** @file `scratchlm pretrain`: from text to a model. */
import { UserError } from "../errors.ts";
import { chooseDevice } from "../runtime/index.ts";
import { pretrain } from "../training/index.ts";
import type { Run } from "../training/index.ts";
import { defineCommand } from "./command.ts";
import { readConfigFile } from "./config-file.ts";
import { listenForInterruption } from "./interruption.ts";
import { resumeRun, startRun } from "./open-run.ts";
import type { PretrainValues, Sitting } from "./open-run.ts";
import { pretrainOptions } from "./pretrain-options.ts";
import { concludeRun } from "./run-conclusion.ts";
import { TrainingScreen } from "./training-screen.ts";

export const pretrainCommand = defineCommand({
  usage: "pretrain <files…>",
  description:
    "Trains a new model on text: files, patterns such as 'texts/**/*.txt', - for standard input, a folder of scratchlm prepare, or a .bin file of nanoGPT or llm.c. " +
    "Ctrl-C saves and ends (exit code 130, SIGTERM 143); --resume goes on from there: with --max-steps to the same numbers, bit for bit; a run by minutes follows the clock.",
  options: pretrainOptions,
  examples: [
    ["pretrain my.txt", "sizes that suit the text"],
    ["pretrain 'books/*.txt' --run runs/books --max-minutes 30", "several files, half an hour"],
    [
      "pretrain my.txt --num-layers 6 --num-heads 6 --embed-dim 384 --max-steps 5000",
      "sizes of your own",
    ],
    [
      "pretrain my.txt --config recipe.yaml --seed 2",
      "options from a file; the command line counts more",
    ],
    [
      "pretrain my.txt --tokenizer bpe --vocab-size 2048",
      "byte pairs learned from the text itself",
    ],
    ["pretrain my.txt --family llama", "with the layers of Llama instead of GPT-2"],
    ["pretrain --resume runs/my", "go on after a stop"],
  ],
  async run({ values, positionals }, terminal) {
    const screen = new TrainingScreen(terminal);
    const interruption = listenForInterruption(terminal, () =>
      screen.print("Stopping after this step and saving; once more ends at once."),
    );
    const sitting = { terminal, screen, signal: interruption.signal };
    try {
      if (values.fromStep !== undefined && !values.resume) throw withoutResume();
      if (values.resume) await train(await resumeRun(values, positionals), values, sitting);
      else {
        const all = await withConfigFile(values);
        await chooseDevice(all.device ?? "cpu"); // before a run is made
        await train(await startRun(all, positionals, sitting), all, sitting);
      }
    } catch (error) {
      screen.end();
      if (error !== interruption.signal.reason) throw error;
      screen.print("Stopped before training began; nothing was kept.");
    } finally {
      interruption.end();
    }
    return interruption.exitCode ?? 0;
  },
});

function withoutResume(): UserError {
  return new UserError(
    "--from-step: expected --resume beside it, got a new run. Write --resume <run> --from-step <step>.",
  );
}

/** Options of the configuration file, if there is one, where the command line has none of its own. */
async function withConfigFile(given: PretrainValues): Promise<PretrainValues> {
  if (given.config === undefined) return given;
  const { maxSteps, maxMinutes, ...file } = await readConfigFile(given.config);
  const hasOwnEnd = given.maxSteps !== undefined || given.maxMinutes !== undefined;
  return { ...file, ...(hasOwnEnd ? {} : { maxSteps, maxMinutes }), ...given };
}

/** Trains `run` until its end or the signal, and closes it. */
async function train(run: Run, values: PretrainValues, sitting: Sitting): Promise<void> {
  const { terminal, screen, signal } = sitting;
  try {
    const device = await chooseDevice(values.device ?? "cpu");
    if (values.device === "auto") screen.print(`Device: ${device}.`);
    const { resume = false, fromStep, threads } = values;
    screen.note("compiling the training step …");
    const options = { device, resume, fromStep, signal, observer: screen };
    const result = await pretrain(run, { ...options, ...(threads !== undefined && { threads }) });
    screen.end();
    screen.print(await concludeRun(run, result, terminal));
  } finally {
    await run.close();
  }
}
