/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-bench"

#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "belfry-bench-redis.h"
#include "belfry-load.h"

/* Publishes through Redis: `feed PORT PREFIX TOPICS FIRST`. The topics are PREFIX and a number,
 * from 0. It takes commands on standard input, `ROUNDS RATE` on each line: in a round each topic
 * gets one message, numbered from FIRST as the load client wants it; with a rate, so many messages
 * go out in a second, some every millisecond. Redis answers nothing: what does not arrive, the
 * client misses. */

#define PAYLOAD 100
#define TICK G_TIME_SPAN_MILLISECOND

/* Without a rate so many commands go to the socket at a time. */
#define BATCH 256

/* It ends with its bench; if that hangs, then after so many seconds. */
#define LIFETIME 300

typedef struct
{
  int fd;             /* (owned) */
  int timer_fd;       /* (owned): of the ticks */
  const char *prefix; /* (unowned) */
  guint n_topics;
  guint64 next; /* messages sent so far */
  GString *out; /* (owned) */
} Feed;

/* A JSON text, so that every dialect passes it on as it is. */
static void
append_message (Feed *self)
{
  guint topic = (guint) (self->next % self->n_topics);
  guint64 number = self->next / self->n_topics;
  char channel[64], payload[PAYLOAD + 1];

  g_snprintf (channel, sizeof channel, "%s%u", self->prefix, topic);
  memset (payload, 'x', PAYLOAD);
  int length = g_snprintf (payload, sizeof payload, "\"#%010" G_GUINT64_FORMAT "#", number);
  payload[length] = 'x';
  payload[PAYLOAD - 1] = '"';
  payload[PAYLOAD] = '\0';
  g_string_append_printf (self->out, "*3\r\n$7\r\nPUBLISH\r\n$%zu\r\n%s\r\n$%d\r\n%s\r\n",
                          strlen (channel), channel, PAYLOAD, payload);
  self->next++;
}

static gboolean
flush (Feed *self)
{
  gboolean sent = belfry_bench_redis_say (self->fd, self->out->str, self->out->len);

  g_string_truncate (self->out, 0);
  return sent;
}

/* Returns: how many messages may have been sent by now */
static guint64
allowed (guint64 total, guint64 sent, guint rate, gint64 begin)
{
  guint64 passed = (guint64) (g_get_monotonic_time () - begin);

  if (rate == 0)
    return MIN (total, sent + BATCH);
  return MIN (total, passed * rate / G_USEC_PER_SEC);
}

static gboolean
run (Feed *self, guint rounds, guint rate)
{
  gint64 begin = g_get_monotonic_time ();
  guint64 total = (guint64) rounds * self->n_topics;
  guint64 sent = 0, ticks;

  while (sent < total)
    {
      guint64 until = allowed (total, sent, rate, begin);

      for (; sent < until; sent++)
        append_message (self);
      if (!flush (self))
        return FALSE;
      if (rate > 0 && read (self->timer_fd, &ticks, sizeof ticks) != sizeof ticks)
        return FALSE;
    }
  return TRUE;
}

static gboolean
begin (Feed *self, guint16 port)
{
  static const char hush[] = "CLIENT REPLY OFF\r\n";

  const struct itimerspec interval = { .it_interval.tv_nsec = TICK * 1000,
                                       .it_value.tv_nsec = TICK * 1000 };

  self->timer_fd = timerfd_create (CLOCK_MONOTONIC, TFD_CLOEXEC);
  self->fd = belfry_bench_redis_connect (port);
  return self->fd >= 0 && timerfd_settime (self->timer_fd, 0, &interval, NULL) == 0 &&
         belfry_bench_redis_say (self->fd, hush, strlen (hush));
}

int
main (int argc, char *argv[])
{
  guint64 port, topics, first;
  guint rounds, rate;

  if (argc != 5 || strlen (argv[2]) > 32 ||
      !g_ascii_string_to_unsigned (argv[1], 10, 1, G_MAXUINT16, &port, NULL) ||
      !g_ascii_string_to_unsigned (argv[3], 10, 1, G_MAXUINT16, &topics, NULL) ||
      !g_ascii_string_to_unsigned (argv[4], 10, 0, G_MAXUINT32, &first, NULL))
    {
      g_printerr ("usage: feed PORT PREFIX TOPICS FIRST\n");
      return 64;
    }
  alarm (LIFETIME);
  Feed self = { .prefix = argv[2],
                .n_topics = (guint) topics,
                .next = first * topics,
                .out = g_string_new (NULL) };
  gboolean done = begin (&self, (guint16) port);
  while (done && scanf ("%u %u", &rounds, &rate) == 2)
    done = run (&self, rounds, rate);
  if (!done)
    g_printerr ("feed: cannot publish: %s\n", g_strerror (errno));
  g_string_free (self.out, TRUE);
  close (self.fd);
  close (self.timer_fd);
  return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
