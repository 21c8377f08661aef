import { QianxianError } from '../../domain/errors.ts';

/** Somebody cancelled the run: whoever works on it stops, and nobody begins it again by himself. */
export class RunCancelled extends QianxianError {
  constructor(week: string) {
    super(
      'conflict',
      `${week} 的匹配已取消，没有形成清单；要再运行，请在“任务”页面重新运行，或用 npx qianxian match --week ${week}`,
    );
    this.name = 'RunCancelled';
  }
}
