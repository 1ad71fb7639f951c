// What this browser remembers: columns, saved views.
import { useCallback, useState } from 'react';

function read<T>(name: string, otherwise: T): T {
  try {
    const text = localStorage.getItem(`plimsoll.${name}`);
    return text === null ? otherwise : (JSON.parse(text) as T);
  } catch {
    return otherwise;
  }
}

export function useStored<T>(name: string, otherwise: T): [T, (value: T) => void] {
  const [value, setValue] = useState(() => read(name, otherwise));
  const set = useCallback(
    (next: T) => {
      setValue(next);
      localStorage.setItem(`plimsoll.${name}`, JSON.stringify(next));
    },
    [name],
  );
  return [value, set];
}
