/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-refusal"

#include "config.h"

#include "belfry-refusal.h"

#include <string.h>
#include <sys/socket.h>

/* Answers to those who are refused before HTTP is understood, or because there is no room to do so.
 * Constant text; any thread. */

#define END                                                                                        \
  "Content-Length: 0\r\nConnection: close\r\nCache-Control: no-store\r\n"                          \
  "X-Content-Type-Options: nosniff\r\n\r\n"

static const struct
{
  guint status;
  const char *answer; /* (unowned) */
} refusals[] = {
  { 400, "HTTP/1.1 400 Bad Request\r\n" END },
  { 408, "HTTP/1.1 408 Request Timeout\r\n" END },
  { 411, "HTTP/1.1 411 Length Required\r\n" END },
  { 413, "HTTP/1.1 413 Content Too Large\r\n" END },
  { 414, "HTTP/1.1 414 URI Too Long\r\n" END },
  { 417, "HTTP/1.1 417 Expectation Failed\r\n" END },
  { 431, "HTTP/1.1 431 Request Header Fields Too Large\r\n" END },
  { 501, "HTTP/1.1 501 Not Implemented\r\n" END },
  { 503,
    "HTTP/1.1 503 Service Unavailable\r\nRetry-After: " BELFRY_REFUSAL_RETRY_AFTER "\r\n" END },
  { 505, "HTTP/1.1 505 HTTP Version Not Supported\r\n" END },
};

/* How much is taken in: more than a request's head, less than would be work. */
#define MAX_UNREAD (4 * 16384)

static void
discard_unread (int fd)
{
  char buffer[16384];

  for (gsize n = 0; n < MAX_UNREAD; n += sizeof buffer)
    {
      if (recv (fd, buffer, sizeof buffer, MSG_DONTWAIT) <= 0)
        return;
    }
}

const char *
belfry_refusal_get (guint status)
{
  const char *answer = refusals[0].answer;

  for (gsize i = 0; i < G_N_ELEMENTS (refusals); i++)
    {
      if (refusals[i].status == status)
        answer = refusals[i].answer;
    }
  return answer;
}

void
belfry_refusal_send (int fd, guint status)
{
  const char *answer = belfry_refusal_get (status);
  gsize length = strlen (answer);
  gssize sent = send (fd, answer, length, MSG_DONTWAIT | MSG_NOSIGNAL);

  if (sent == (gssize) length)
    shutdown (fd, SHUT_WR);
  discard_unread (fd);
}
