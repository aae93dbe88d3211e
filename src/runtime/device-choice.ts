/** @file Finds out, before any work is done, whether the runtime and the device that somebody wants can be had. */
import { UserError } from "../errors.ts";
import { defaultRuntime } from "./compile.ts";
import { probeDevices } from "./onnx/device.ts";
import type { SessionDevice } from "./onnx/device.ts";
import { loadLibrary } from "./onnx/library.ts";

export type DeviceChoice = SessionDevice | "auto";

/**
 * The device to compute on; `auto` is the GPU where there is one. Throws UserError when the device, or the native library
 * that any device needs, cannot be had.
 */
export async function chooseDevice(choice: DeviceChoice): Promise<SessionDevice> {
  if (defaultRuntime() === "reference") {
    if (choice !== "webgpu") return "cpu";
    throw new UserError(
      `device webgpu: expected the runtime onnx, got SCRATCHLM_RUNTIME=reference. Unset it, or use the device cpu.`,
    );
  }
  await loadLibrary();
  if (choice === "cpu") return choice;
  const probe = (await probeDevices()).find(({ device }) => device === "webgpu");
  if (probe?.isAvailable) return "webgpu";
  if (choice === "webgpu") throw new UserError(probe?.reason ?? "device webgpu: got none.");
  return "cpu";
}
