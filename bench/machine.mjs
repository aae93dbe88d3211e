import { availableParallelism, cpus, release, totalmem, type } from "node:os";

/** What a figure depends on besides the contenders. */
export function describeMachine() {
  return {
    cpu: cpus()[0]?.model.trim() ?? process.arch,
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 1e9),
    system: `${type()} ${release()}`,
    node: process.versions.node,
  };
}

/** The machine as words of a file name: `amd-epyc-2-cores`. */
export function machineWords({ cpu, cores }) {
  const name = cpu
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "");
  return `${name}-${cores}-cores`;
}
