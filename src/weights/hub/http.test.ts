import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test, vi } from "vitest";

afterEach(() => vi.unstubAllEnvs());

/** A proxy that answers every tunnel itself and remembers where each was to lead. */
async function startProxy(targets: string[]): Promise<Server> {
  const proxy = createServer();
  proxy.on("connect", ({ url }, socket) => {
    targets.push(url ?? "");
    socket.write("HTTP/1.1 200 OK\r\n\r\n");
    socket.once("data", () => {
      socket.end("HTTP/1.1 200 OK\r\ncontent-length: 5\r\nconnection: close\r\n\r\nhello");
    });
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  return proxy;
}

test.each(["HTTP_PROXY", "http_proxy"])("the proxy that %s names is used", async (name) => {
  const targets: string[] = [];
  const proxy = await startProxy(targets);
  vi.stubEnv("HTTP_PROXY", undefined);
  vi.stubEnv("NO_PROXY", undefined);
  vi.stubEnv(name, `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`);
  vi.resetModules(); // the environment is read once
  const { get } = await import("./http.ts");
  expect(await (await get("http://hub.example/x", {})).text()).toBe("hello");
  expect(targets).toEqual(["hub.example:80"]);
  proxy.closeAllConnections();
  proxy.close();
});
