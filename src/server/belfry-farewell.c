/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-farewell"

#include "config.h"

#include "belfry-farewell.h"

#include <poll.h>

/* GIO's close of a TLS stream waits until its alert is written. A socket that says it is writable
 * has room for far more than the few bytes of one, so that it is asked first. The output side alone
 * is closed: that leaves the descriptor to its owner. */
void
belfry_farewell_send (GTlsConnection *tls, int fd)
{
  struct pollfd poll_fd = { .fd = fd, .events = POLLOUT };

  if (poll (&poll_fd, 1, 0) == 1 && poll_fd.revents == POLLOUT)
    g_output_stream_close (g_io_stream_get_output_stream (G_IO_STREAM (tls)), NULL, NULL);
}
