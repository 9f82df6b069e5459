import { describe, expect, it } from "vitest";

import { qrCode, qrPath } from "./qr";

/** Codes made by another encoder (segno 1.6.6), rows as hexadecimal numbers; each text fills its code to the last byte. */
const KNOWN: readonly (readonly [string, readonly string[]])[] = [
  [
    "http://x.example/",
    "1fcc7f 105441 17575d 174d5d 175c5d 105641 1fd57f 1e00 1a6776 1639d1 dfbe5 a2db fde28 1fe1 1fd55e 104810 1745bb 175d71 1747d5 1056a8 1fdac2".split(
      " ",
    ),
  ],
  [
    "http://x.example/abcdefghijklmnophttp://x.example/abcdefghijklmnophttp://x.exa",
    "1fca9b27f 105db5141 174e25f5d 1757c875d 17479725d 1059a4c41 1fd55557f 963900 1f76ca7aa 12aa9e243 194870da0 60e10d94 74beb730 162b9324b 1dc8654ea 191a57ae4 147ea592 1c879e24b 1ff5f150a 162b37e9c 772ea5ba 190396e43 1449e0806 119572864 10e8ef5f1 165e119 1fd138b52 104000b1d 1754e95f3 175e97dbc 175124f4e 10540182c 1fd0e97fa".split(
      " ",
    ),
  ],
  [
    "http://x.example/abcdefghijklmnophttp://x.example/abcdefghijklmnophttp://x.example/a",
    "1fc13b617f 104ee59641 175b35965d 175b58785d 17548ba95d 105994c241 1fd555557f 1634a700 17c4c85c7c e0ae7692a 195c709fa3 27d501 1c5b2b5edf 1f8f43a900 10e865da4b 1f1fe3a211 165b4a4ed4 8bad66126 b5fb002f3 128494a5f1 15795a7ff4 1db7dba9aa 18d1f08b7b 16919387bb 34d0b1cd7 173bc36108 106b351b2b 152837e361 135d6e7fff 14432b1c 1fca35155f 105e958118 175c4a1ffe 175f9e20d7 175c6dca0b 1046b787f1 1fd48e7c7f".split(
      " ",
    ),
  ],
  [
    "http://x.example/abcdefghijklmnophttp://x.example/abcdefghijklmnophttp://x.example/abcdefghijklmnophttp://x.example/abcdefghijklmnophttp://x.example/abcde",
    "1fd391a4797f 105584cf7a41 1746fd5e8a5d 174fb9662b5d 175419f5c75d 1055c1147041 1fd55555557f 1f2315d300 1cd34dff5af3 1d096ed3ba8f 11d1d818a9ad 183e3a91dc98 12dbc7a1ba99 1489e6dbbaa1 18f67ad88b9d 1484968dd330 18c8ee8b9253 143866199aab fe2985aa895 1bac46a99f90 1bf6e7ff73f9 714651a9b17 175a33592159 1711cf1bd912 ff76ff71df8 16a06758aaef 1ce93a232971 2adda97268 12fcc775fe2a 182674889ad a5dc3e8bb61 e92bc671bf2 164e477dd7ab 14366f588a21 1571309a945 f32e1693749 137e67f95ffa 16e718891d 1fc6e95b9351 105373135b18 17426ff5d9f2 174267a8b912 1750a08919fa 105c391bfa88 1fd6e5115ea9".split(
      " ",
    ),
  ],
  [
    "http://x.example/abcdefghijklmnophttp://x.example/abcdefghijklmnophttp://x.example/abcdefghijklmnophttp://x.example/abcdefghijklmnophttp://x.example/abcdefghijklmnophttp://x.example/abcdefghijklmnophttp://x.example/abcdefghijklmnophttp://x.example/abcdefghijklmnophttp://x.example/abcdefghijklmnophttp://x.example/abcdefg",
    "1fcc42de9aaf2b7f 105831520ec2db41 17468406e0d9075d 1756bf0b2bcabd5d 174a68f5f2850e5d 10536cb71f536441 1fd555555555557f 97c0110f14c00 1f7eb50bf3ca5baa 15af42fc90bd38f2 1d42c0dbe6d1ffb3 a0a73c4dc3d65d9 866b50a9b2c7fec 2a042f6128d18e4 1f5fa457ad49470f 1628f8e4e4910b73 17573d200506bb6d 141102f690ad0844 fc50e61a4f2dca3 13a644ece0390653 978df0a3388b326 1c034af4908c38c0 1549985baf69672b f3fda00cc398011 14f6bd2ab9063346 1730827c518e1a74 87fe8f96c51e637 1aa5787cecf38fd3 7fb1709f304b3fd 191702f510ac1914 1f528f2d5d50d557 311070d1e310711 7f6bd03f90e31f4 16bc0255192e3a28 11fb2f6b9de2d4fb eb3476160338531 6c5ff09cf46ba3e 1a82ea7513a79a20 1bdbd4aa5f73644b 1b38deb3ea798d21 ecdff0ac30ef355 a2ac2fd32ac1ba9 3ea1a475ed1d7f3 16108ba06cb7ed03 6dcbd0acf8ebb9d 1605caf5032c290a 2f23dce9d6264db 16015f8d66510113 17537d08cf42fadf 1f8880dc111c2a84 7fdd68bbf52e5eb 1d01268be019c522 1e7bf70bf7c0f7fc 1b2af5118fa91a 1fd974415f43c75b 104df1b114b9a91b 175cbd03f1027bf6 175002dee29f33b9 175c725726f2e4ad 105f040b5cdb0e41 1fdf350827ceb41f".split(
      " ",
    ),
  ],
];

function hex(dark: boolean[][]): string[] {
  return dark.map((row) => BigInt(`0b${row.map(Number).join("")}`).toString(16));
}

describe("QR code", () => {
  it("is what another encoder makes", () => {
    for (const [text, rows] of KNOWN) expect(hex(qrCode(text)), text).toEqual(rows);
  });

  it("grows with the text, and says when it does not fit", () => {
    const sizes = [10, 60, 120, 200, 300].map((length) => qrCode("a".repeat(length)).length);
    expect(sizes).toEqual([...sizes].sort((a, b) => a - b));
    expect(new Set(sizes).size).toBe(sizes.length);
    expect(() => qrCode("a".repeat(400))).toThrow(RangeError);
    expect(qrCode("").length).toBe(21);
  });

  it("draws each dark module once", () => {
    expect(qrPath([[true, true, false, true]])).toBe("M0 0h2v1H0zM3 0h1v1H3z");
  });
});
