// A ring with its legend; the legend says everything, the ring shows it.
import './charts.css';

interface Slice {
  label: string;
  value: number;
  note: string;
}

const COLOURS = ['#0f6391', '#3b93bd', '#7dbad6', '#e0a23b', '#c96f3b', '#7f6aa8', '#4f9d80', '#9aa5b4'];

export function Donut({ label, slices, middle }: { label: string; slices: Slice[]; middle: string }) {
  const total = slices.reduce((sum, slice) => sum + slice.value, 0) || 1;
  const round = 2 * Math.PI * 40;
  let before = 0;
  return (
    <div className="donut-row">
      <svg viewBox="0 0 110 110" role="img" aria-label={label} className="donut">
        {slices.map((slice, index) => {
          const length = (round * slice.value) / total;
          const ring = (
            <circle key={slice.label} cx="55" cy="55" r="40" fill="none" stroke={COLOURS[index % COLOURS.length]} strokeWidth="17" strokeDasharray={`${Math.max(length - 0.8, 0.4)} ${round}`} strokeDashoffset={-before} transform="rotate(-90 55 55)">
              <title>{`${slice.label}: ${slice.note}`}</title>
            </circle>
          );
          before += length;
          return ring;
        })}
        <text x="55" y="58" textAnchor="middle">{middle}</text>
      </svg>
      <ul className="legend">
        {slices.map((slice, index) => (
          <li key={slice.label}>
            <span className="swatch" style={{ background: COLOURS[index % COLOURS.length] }} aria-hidden="true" />
            <span className="break">{slice.label}</span>
            <span className="quiet num line">{slice.note}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
