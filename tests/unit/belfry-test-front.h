/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-fake-clock.h"
#include "belfry-http-front.h"

G_BEGIN_DECLS

/* What requests are written with. */
#define END "\r\n"
#define GET(path) "GET " path " HTTP/1.1" END "Host: a.com" END
#define KEY "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==" END
#define VERSION "Sec-WebSocket-Version: 13" END
#define CONNECTION "Upgrade: websocket" END "Connection: keep-alive, Upgrade" END
#define UPGRADE GET ("/ws") CONNECTION KEY VERSION
#define MAX_CONNECTIONS 1000
#define MAX_BODY 200000
#define POST(length) "POST /post HTTP/1.1" END "Host: a" END "Content-Length: " length END

/* A front with what belongs to a worker, and a clock that the test moves. */
typedef struct
{
  BelfryReactor *reactor;         /* (owned) */
  BelfryFakeClock *clock;         /* (owned) */
  BelfryDeadlineWheel *wheel;     /* (owned) */
  BelfryAddresses *addresses;     /* (owned) */
  BelfryCertificate *certificate; /* (owned) */
  BelfryHttpFront *front;         /* (owned) */
  GIOStream *upgraded;            /* (owned) (nullable) */
  BelfryUpgrade upgrade;
  BelfryExchange *question; /* (owned) (nullable) */
  const char *state;        /* (unowned) (nullable): what the service answers at once */
} BelfryTestFront;

extern const BelfryEndpoint belfry_test_front_endpoints[2];

/* @question: (transfer full) */
void belfry_test_front_answer (BelfryExchange *question, const char *state);
void belfry_test_front_init (BelfryTestFront *self);
void belfry_test_front_drop_upgraded (BelfryTestFront *self);
void belfry_test_front_clear (BelfryTestFront *self);

/* Returns: the client's end of a new connection */
int belfry_test_front_visit (BelfryTestFront *self, gboolean tls);

/* Returns: the head of the answer to a request on a connection of its own */
char *belfry_test_front_ask (BelfryTestFront *self, const char *request);
void belfry_test_say (int fd, const char *bytes);
char *belfry_test_read_answer (int fd);
char *belfry_test_read_to_end (int fd);
gboolean belfry_test_read_stream (GIOStream *stream, GString *text, gsize expected);
void belfry_test_assert_status (const char *answer, guint status);
char *belfry_test_make_body (gsize length);

/* What the resource `/post` answers depends on each byte of the body. */
void belfry_test_assert_sum (const char *answer, const char *body);

G_END_DECLS
