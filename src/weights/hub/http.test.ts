import { createServer, type Server } from "node:http";
import { createServer as createNetServer, type AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
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

test("a connection that ends while its answer waits to be read loses nothing", async () => {
  const body = Buffer.alloc(2 ** 14, "a");
  const server = createNetServer((socket) => {
    socket.once("data", () => {
      socket.write(`HTTP/1.0 200 OK\r\nContent-Length: ${body.length}\r\n\r\n`);
      socket.end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  vi.resetModules(); // another test's proxy
  const { get } = await import("./http.ts");
  const response = await get(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, {});
  await sleep(300); // a disk that is slow
  expect(Buffer.from(await response.arrayBuffer()).equals(body)).toBe(true);
  server.close();
});
