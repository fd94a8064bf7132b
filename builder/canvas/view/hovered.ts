/** Which line the pointer is on; it stays so while the pointer goes over to the line's +. */

import { useCallback, useMemo, useRef, useState } from "react";

const GRACE = 240; // milliseconds

export function useHovered() {
  const [hovered, setHovered] = useState<string | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const stay = useCallback(() => clearTimeout(timer.current), []);
  const enter = useCallback((_: unknown, edge: { id: string }) => {
    clearTimeout(timer.current);
    setHovered(edge.id);
  }, []);
  const leave = useCallback(() => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setHovered(null), GRACE);
  }, []);
  return useMemo(() => ({ hovered, enter, stay, leave }), [hovered, enter, stay, leave]);
}
