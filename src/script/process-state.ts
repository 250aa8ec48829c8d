/**
 * Shell functions about the script's process, for the programs of this room. A process is ours when boot id, pid and start
 * time all match: after a reboot, or once the pid is used again, it is somebody else's. A zombie is not alive.
 *
 * @see https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html fields 3 (state) and 22 (starttime)
 */
export const processState = `
boot_id() { cat /proc/sys/kernel/random/boot_id; }
start_time() {
  set -- "$1" $(sed 's/^.*) //' "/proc/$1/stat" 2>/dev/null)
  case "$2" in ''|Z|X) ;; *) shift 20; echo "$1" ;; esac
}
alive() {
  read -r pid started boot < script/process && [ "$boot" = "$(boot_id)" ] && [ "$started" = "$(start_time "$pid")" ]
}
`;
