/** A GPU for tests on machines that have none: SwiftShader, the software Vulkan driver inside Debian's package `chromium`. */
import { existsSync, readdirSync } from "node:fs";
import { probeDevices } from "../device.ts";
import { loadLibrary } from "../library.ts";

const folder = "/usr/lib/chromium";
const driver = `${folder}/vk_swiftshader_icd.json`;
const loader = `${folder}/libvulkan.so.1`;

/** The libraries opened here, kept: koffi unloads one whose handle is collected. */
const handles: unknown[] = [];

/**
 * Makes the device "webgpu" work in this process if it can, on the machine's own GPU or else in software. Must come before any
 * other use of that device: a process that has once found no GPU finds none later.
 * Returns why there is none; then the caller skips its tests and says so.
 */
export async function findWebGpu(): Promise<string | undefined> {
  if (!hasOwnDriver() && existsSync(driver) && existsSync(loader)) {
    const { koffi } = await loadLibrary();
    handles.push(koffi.load(loader, { global: true })); // found by its name from then on
    process.env["VK_ICD_FILENAMES"] = driver;
  }
  const probes = await probeDevices();
  const probe = probes.find(({ device }) => device === "webgpu");
  return probe?.isAvailable ? undefined : (probe?.reason ?? "no WebGPU in this library");
}

function hasOwnDriver(): boolean {
  if (process.platform !== "linux" || process.env["VK_ICD_FILENAMES"]) return true;
  const places = ["/usr/share/vulkan/icd.d", "/etc/vulkan/icd.d", "/usr/local/share/vulkan/icd.d"];
  return places.some((place) => existsSync(place) && readdirSync(place).length > 0);
}
