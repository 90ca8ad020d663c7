/* The clock of a host whose programs load this: ahead of this machine's by the seconds in /etc/clock-ahead, from the moment that they are
 * written there. Who has TRUE_TIME in its environment is told the time as it is. Timers of the kernel are not touched. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const long long none;
static const volatile long long *ahead = &none;

__attribute__((constructor)) static void begin(void) {
  if (getenv("TRUE_TIME")) return;
  int file = syscall(SYS_open, "/etc/clock-ahead", O_RDONLY | O_CLOEXEC);
  if (file < 0) return;
  void *page = mmap(0, sizeof none, PROT_READ, MAP_SHARED, file, 0);
  if (page != MAP_FAILED) ahead = page;
  syscall(SYS_close, file);
}

int clock_gettime(clockid_t clock, struct timespec *time) {
  int result = syscall(SYS_clock_gettime, clock, time);
  if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) time->tv_sec += *ahead;
  return result;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
  (void)zone;
  struct timespec time;
  clock_gettime(CLOCK_REALTIME, &time);
  now->tv_sec = time.tv_sec;
  now->tv_usec = time.tv_nsec / 1000;
  return 0;
}

time_t time(time_t *kept) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (kept) *kept = now.tv_sec;
  return now.tv_sec;
}
