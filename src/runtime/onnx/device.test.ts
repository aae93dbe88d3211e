import { expect, test } from "vitest";
import { UserError } from "../../errors.ts";
import { DeviceMemory } from "./device-tensor.ts";
import { probeDevices } from "./device.ts";
import { encodeModel } from "./model.ts";
import { NodeSession } from "./session-node.ts";

// Only Linux lets a test take the GPU away: by naming a driver that is not there. Other files have processes of their own.
test.runIf(process.platform === "linux")(
  "without a GPU the device is a user's error of one line that says why and what can",
  async () => {
    process.env["VK_ICD_FILENAMES"] = "/no/such/driver.json";
    const [cpu, webgpu] = await probeDevices();
    expect(cpu).toEqual({ device: "cpu", isAvailable: true });
    expect(webgpu.isAvailable).toBe(false);
    const said = /^device webgpu: expected a GPU .*, got "[^"\n]+"\. .*the device cpu[^\n]*$/;
    expect(webgpu.reason).toMatch(said);
    const scalar = { dtype: "float32", shape: [] } as const;
    const model = encodeModel({
      nodes: [{ opType: "Neg", inputs: ["x"], outputs: ["y"] }],
      inputs: [{ name: "x", ...scalar }],
      outputs: [{ name: "y", ...scalar }],
      initializers: [],
    });
    const attempts = [NodeSession.create(model, { device: "webgpu" }), DeviceMemory.open()];
    for (const attempt of attempts) {
      const error: unknown = await attempt.catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(UserError);
      expect((error as UserError).message).toMatch(said);
    }
    const session = await NodeSession.create(model); // and the CPU still works
    session.release();
  },
);
