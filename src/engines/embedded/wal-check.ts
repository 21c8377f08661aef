import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { QianxianError } from '../../domain/errors.ts';

/** Sizes of the write-ahead log's parts in bytes (SQLite's file format, section 4.1). */
const headerBytes = 32;
const frameHeaderBytes = 24;
const magics = [0x377f0682, 0x377f0683];

export interface WalCheck {
  /** Commits that a recovery will bring back. */
  readonly sound: number;
  /** Commits of the same log behind the first broken frame: a recovery drops them. */
  readonly dropped: number;
}

/** SQLite's running checksum over pairs of 32-bit words, in the byte order that the log's magic number names. */
function checksum(bytes: Buffer, littleEndian: boolean, [s0, s1]: readonly [number, number]): [number, number] {
  let a = s0;
  let b = s1;
  for (let at = 0; at + 8 <= bytes.length; at += 8) {
    a = (a + (littleEndian ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at)) + b) >>> 0;
    b = (b + (littleEndian ? bytes.readUInt32LE(at + 4) : bytes.readUInt32BE(at + 4)) + a) >>> 0;
  }
  return [a, b];
}

function readAt(handle: number, length: number, position: number): Buffer {
  const bytes = Buffer.alloc(length);
  return bytes.subarray(0, readSync(handle, bytes, 0, length, position));
}

/** One walk over a log: also its header and the position of its first broken frame (0: none, or the header itself). */
export interface WalWalk extends WalCheck {
  readonly header: Buffer;
  readonly brokenAt: number;
}

/** Walks the frames of a write-ahead log as a recovery does, and on behind the first one that is broken. */
function walk(handle: number): WalWalk {
  const header = readAt(handle, headerBytes, 0);
  if (header.length < headerBytes) return { header, brokenAt: 0, sound: 0, dropped: 0 };
  const magic = header.readUInt32BE(0);
  const littleEndian = magic === magics[0];
  const pageSize = header.readUInt32BE(8);
  const salts = header.subarray(16, 24);
  let sums = checksum(header.subarray(0, 24), littleEndian, [0, 0]);
  const fits = (bytes: Buffer, at: number) =>
    bytes.readUInt32BE(at) === sums[0] && bytes.readUInt32BE(at + 4) === sums[1];
  if (!magics.includes(magic) || pageSize < 512 || pageSize > 65_536 || !fits(header, 24)) {
    return { header, brokenAt: 0, sound: 0, dropped: commitsBehindHeader(handle) };
  }
  let brokenAt = 0;
  let sound = 0;
  let dropped = 0;
  const frameBytes = frameHeaderBytes + pageSize;
  for (let position = headerBytes; ; position += frameBytes) {
    const frame = readAt(handle, frameBytes, position);
    if (frame.length < frameBytes) return { header, brokenAt, sound, dropped };
    const sameLog = frame.subarray(8, 16).equals(salts);
    const commits = frame.readUInt32BE(4) !== 0;
    if (brokenAt === 0) {
      sums = checksum(frame.subarray(0, 8), littleEndian, sums);
      sums = checksum(frame.subarray(frameHeaderBytes), littleEndian, sums);
      if (sameLog && fits(frame, 16)) {
        if (commits) sound++;
        continue;
      }
      brokenAt = position;
    }
    // Frames of an older log, which this one has not overwritten yet, carry other salts.
    if (sameLog && commits) dropped++;
  }
}

/** Commits in a log whose header cannot be read, taking the page size of this program's databases and the first frame's salts. */
function commitsBehindHeader(handle: number): number {
  const frameBytes = frameHeaderBytes + 4_096;
  const salts = readAt(handle, frameHeaderBytes, headerBytes).subarray(8, 16);
  let commits = 0;
  for (let position = headerBytes; ; position += frameBytes) {
    const frame = readAt(handle, frameHeaderBytes, position);
    if (frame.length < frameHeaderBytes || !frame.subarray(8, 16).equals(salts)) return commits;
    if (frame.readUInt32BE(4) !== 0) commits++;
  }
}

/** What a recovery would make of the log beside a database. `look` walks over the open log once. */
export function checkWal(file: string, look: (handle: number) => WalWalk = walk): WalCheck {
  const log = `${file}-wal`;
  if (!existsSync(log)) return { sound: 0, dropped: 0 };
  const handle = openSync(log, 'r');
  try {
    // Another process may be at work on the log: a frame that is read while it is written looks broken, and a log that is
    // begun anew has frames of two. What is broken on the disk is so twice, at the same place.
    let before = look(handle);
    for (;;) {
      if (before.dropped === 0) return before;
      const again = look(handle);
      if (again.brokenAt === before.brokenAt && again.header.equals(before.header)) return again;
      before = again;
    }
  } finally {
    closeSync(handle);
  }
}

/**
 * Refuses a log out of which a recovery would silently drop acknowledged writes. SQLite takes the first broken frame for
 * the end of the log, which is right for a commit that a power cut tore; a torn commit is the last one, so two commits
 * behind a broken frame mean that the disk has changed what was safe. Call before the first connection is opened.
 */
export function refuseBrokenWal(file: string): void {
  const { dropped } = checkWal(file);
  if (dropped < 2) return;
  throw new QianxianError(
    'damaged',
    `日志 ${file}-wal 的中间已损坏，照常打开会丢掉后面的 ${dropped} 次保存；没有改动它。请先把数据文件夹整个复制一份，再用最近的备份恢复`,
  );
}
