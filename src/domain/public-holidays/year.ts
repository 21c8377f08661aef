/** One paragraph of the yearly notice: 放假 from … to, both included, and the weekend days that are worked for it (上班). */
export interface Holiday {
  readonly name: string;
  readonly from: string;
  readonly to: string;
  readonly worked?: readonly string[] | undefined;
}

/** The yearly notice 国务院办公厅关于……年部分节假日安排的通知, paragraph by paragraph. All days are `YYYY-MM-DD`. */
export interface HolidayYear {
  readonly year: number;
  /** Number of the notice, so that each line can be held against it. */
  readonly notice: string;
  readonly holidays: readonly Holiday[];
}
