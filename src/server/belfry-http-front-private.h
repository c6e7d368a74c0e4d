/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-http-front.h"
#include "belfry-http-stream.h"
#include "belfry-log-limit.h"

/* What the parts of the front know of each other: requests (belfry-http-front.c), the connections
 * that they come on (belfry-http-front-guest.c), and TLS (belfry-http-front-tls.c). */

G_BEGIN_DECLS

struct _BelfryHttpFront
{
  SoupServer *server;             /* (owned) */
  BelfryVestibule *vestibule;     /* (owned) */
  BelfryDeadlineWheel *wheel;     /* (unowned) */
  BelfryCertificate *certificate; /* (owned) */
  BelfryHttpFrontSettings settings;
  const BelfryHttpFrontOwner *owner; /* (unowned) */
  gpointer user_data;                /* (unowned) */
  GHashTable *guests;    /* (element-type GSocketAddress BelfryHttpGuest) (owned): the keys are the
                            guests', and these free themselves */
  GSocketAddress *local; /* (owned): what the library may think that it listens on */
  GQueue questions;      /* of BelfryExchange, without an answer */
  BelfryLogLimit tls_failures;
  BelfryLogLimit bad_handshakes;
  gboolean draining;
  gboolean resting; /* nothing is kept alive */
};

typedef struct
{
  BelfryHttpFront *front;    /* (unowned) (nullable): gone while a handshake was under way */
  BelfryVisitor *visitor;    /* (unowned) */
  GSocketAddress *address;   /* (owned) */
  GInetAddress *peer;        /* (owned) (nullable): unless it is a unix socket's */
  GSocket *socket;           /* (owned) */
  GIOStream *tls;            /* (owned) (nullable): once the handshake is done */
  BelfryHttpStream *stream;  /* (unowned) (nullable): what the requests are read from */
  BelfryHttpStream *held;    /* (owned) (nullable): the same, unless the library has it */
  GSource *source;           /* (owned) (nullable): waits for a head behind TLS */
  GCancellable *cancellable; /* (owned) (nullable): of a TLS handshake */
  gboolean keep;             /* the request was answered, and another one may come */
} BelfryHttpGuest;

/* The guests */
extern const BelfryVestibuleHost belfry_http_front_host;
void belfry_http_guest_make_stream (BelfryHttpGuest *guest, GIOStream *base, GByteArray *unread);
void belfry_http_guest_leave (BelfryHttpGuest *guest, BelfryAddressUnit *unit);
void belfry_http_guest_end (BelfryHttpGuest *guest);

/* TLS */
gboolean belfry_http_guest_start_tls (BelfryHttpGuest *guest, GIOStream *base);
void belfry_http_guest_wait_for_head (BelfryHttpGuest *guest);
void belfry_http_guest_stop_waiting (BelfryHttpGuest *guest);
void belfry_http_guest_say_farewell (BelfryHttpGuest *guest);
void belfry_http_guest_cancel_handshake (BelfryHttpGuest *guest);
void belfry_http_guest_abandon (BelfryHttpGuest *guest);

G_END_DECLS
