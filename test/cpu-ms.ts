/** (node) What work costs this process, in milliseconds of processor time: the same however busy the machine is. */
export function cpuMs(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
