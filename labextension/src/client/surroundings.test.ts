import { expect, it } from "vitest";

import { browser } from "./surroundings";

it("inflates what zlib deflated, over all pieces together", async () => {
  const data = Uint8Array.from({ length: 50_000 }, (_, i) => (i * i) % 251);
  const stream = new Blob([data]).stream().pipeThrough(new CompressionStream("deflate"));
  const deflated = new Uint8Array(await new Response(stream).arrayBuffer());
  expect(deflated.length).toBeGreaterThan(100);
  const pieces = [deflated.subarray(0, 7), deflated.subarray(7, 90), deflated.subarray(90)];
  expect(await browser().inflate(pieces)).toEqual(data);
  await expect(browser().inflate([data])).rejects.toThrow();
  await expect(browser().inflate([deflated.subarray(0, 60)])).rejects.toThrow();
});

it("gives a name to one only, until it is released, also where there are no locks", async () => {
  const { claim } = browser();
  const release = await claim("classroom.client.test");
  expect(release).not.toBeNull();
  expect(await claim("classroom.client.test")).toBeNull();
  release?.();
  const again = await claim("classroom.client.test");
  expect(again).not.toBeNull();
  again?.();
});
