// A task in two lines: what, how far, how long still.
import { Link } from 'react-router';
import type { Task } from '../api/types';
import { useI18n } from '../i18n';
import { duration } from '../lib/format';
import { Progress } from './Bits';
import { StatusText } from './Chips';

/** `312 of 1,000 · 3 failed · about 2 h left`. */
export function TaskProgress({ task }: { task: Task }) {
  const { t, language } = useI18n();
  const running = task.state === 'running' || task.state === 'waiting';
  const parts = [
    t('tasks.doneOf', { done: task.done + task.failed, total: task.total }),
    task.failed > 0 && t('tasks.failedCount', { n: task.failed }),
    running && task.remaining_seconds != null && task.remaining_seconds > 0 && t('tasks.left', { time: duration(task.remaining_seconds, language) }),
  ];
  return (
    <div className="task-progress">
      <Progress label={task.name} done={task.done} failed={task.failed} total={task.total} />
      <span className="quiet small num">{parts.filter(Boolean).join(' · ')}</span>
    </div>
  );
}

export function TaskLine({ task }: { task: Task }) {
  const { say } = useI18n();
  return (
    <div className="task-line">
      <div className="status">
        <StatusText family="task-state" status={task.state}>{say('task-kind', task.kind)}</StatusText>
        <Link to={`/tasks?open=${task.id}`} className="break">{task.name}</Link>
      </div>
      <TaskProgress task={task} />
    </div>
  );
}
