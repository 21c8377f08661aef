import { buffer } from 'node:stream/consumers';
import { ZipFile } from 'yazl';

/** A zip file with these parts. */
export async function zipOf(parts: Readonly<Record<string, string | Buffer>>): Promise<Buffer> {
  const zip = new ZipFile();
  for (const [name, content] of Object.entries(parts)) zip.addBuffer(Buffer.from(content), name);
  zip.end();
  return buffer(zip.outputStream);
}

const main = {
  docx: ['word/document.xml', 'wordprocessingml.document.main+xml'],
  xlsx: ['xl/workbook.xml', 'spreadsheetml.sheet.main+xml'],
  pptx: ['ppt/presentation.xml', 'presentationml.presentation.main+xml'],
} as const;

/** An Office document with as little in it as there can be; `part` names its main part otherwise. */
export async function officeFile(
  kind: keyof typeof main,
  options: { readonly part?: string; readonly more?: Readonly<Record<string, string | Buffer>> } = {},
): Promise<Buffer> {
  const [usual, type] = main[kind];
  const part = options.part ?? usual;
  return zipOf({
    '[Content_Types].xml': `<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/><Override PartName="/${part}" ContentType="application/vnd.openxmlformats-officedocument.${type}"/></Types>`,
    '_rels/.rels': '<Relationships/>',
    [part]: '<x/>',
    ...options.more,
  });
}

const free = 0xffffffff;
const end = 0xfffffffe;

/** A compound file (MS-CFB) of version 3 whose directory has these streams. */
export function oleFile(streams: readonly string[]): Buffer {
  const names = ['Root Entry', ...streams];
  const directory = Math.ceil(names.length / 4);
  const file = Buffer.alloc(512 * (2 + directory));
  Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]).copy(file);
  file.writeUInt16LE(3, 26);
  file.writeUInt16LE(0xfffe, 28);
  file.writeUInt16LE(9, 30);
  file.writeUInt16LE(6, 32);
  file.writeUInt32LE(1, 44);
  file.writeUInt32LE(1, 48);
  file.writeUInt32LE(end, 60);
  file.writeUInt32LE(end, 68);
  for (let place = 0; place < 109; place++) file.writeUInt32LE(place === 0 ? 0 : free, 76 + place * 4);
  // Sector 0 is the allocation table, the directory follows it.
  for (let place = 0; place < 128; place++) file.writeUInt32LE(free, 512 + place * 4);
  file.writeUInt32LE(0xfffffffd, 512);
  for (let sector = 1; sector <= directory; sector++) {
    file.writeUInt32LE(sector === directory ? end : sector + 1, 512 + sector * 4);
  }
  for (const [place, name] of names.entries()) {
    const at = 1024 + place * 128;
    file.write(name, at, 'utf16le');
    file.writeUInt16LE(2 * (name.length + 1), at + 64);
    file.writeUInt8(place === 0 ? 5 : 2, at + 66);
  }
  return file;
}

export const pdf = Buffer.from('%PDF-1.7\n1 0 obj <<>> endobj\ntrailer <<>>\n%%EOF\n');
export const png = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');
export const jpeg = Buffer.from('ffd8ffe000104a464946', 'hex');
/** 检测报告, in GBK. */
export const gbk = Buffer.from('bcecb2e2b1a8b8e6a3bac1a3b6c8b4efb1ea', 'hex');
