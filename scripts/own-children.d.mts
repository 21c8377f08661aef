import type { ChildProcess } from 'node:child_process';

export function ownChild<Child extends ChildProcess>(child: Child): Child;
export function ownFolder(prefix: string): string;
