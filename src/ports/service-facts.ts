/** What the operator decided of this service and steps must know. */
export interface ServiceFacts {
  /** As users reach it, without a slash at the end: what the links in mails begin with. */
  readonly publicUrl: string;
  /** Whether staff and administrators need a second factor; anybody may have one. */
  readonly requireTotp: boolean;
  /** Whether who entered a record for an organisation, changed it or handed it in may not publish it himself. */
  readonly twoPersons: boolean;
  /** How long the audit is kept, in days; 190 at least. */
  readonly auditDays: number;
  /** How long mails and short messages are kept that were written into a folder, in days. */
  readonly folderMailDays: number;
}
