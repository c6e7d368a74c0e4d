/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <libsoup/soup.h>

G_BEGIN_DECLS

/**
 * BelfryTestBackend:
 *
 * A backend that the webhook plugin asks: a SoupServer on the loopback that says what a test wants,
 * or breaks down as it wants.
 */
typedef struct _BelfryTestBackend BelfryTestBackend;

typedef enum
{
  BELFRY_TEST_BACKEND_ANSWERS,
  BELFRY_TEST_BACKEND_HOLDS,     /* says nothing until it is told to go on */
  BELFRY_TEST_BACKEND_BREAKS,    /* closes the connection in the middle of its answer */
  BELFRY_TEST_BACKEND_STALLS,    /* keeps the second half of the answer that was set to itself */
  BELFRY_TEST_BACKEND_REDIRECTS, /* to itself */
  BELFRY_TEST_BACKEND_FLOODS,    /* with an answer that has no end */
} BelfryTestBackendMode;

BelfryTestBackend *belfry_test_backend_new (void);
void belfry_test_backend_free (BelfryTestBackend *self);

/* What it says from now on; @type and @cache_control: (nullable) */
void belfry_test_backend_set_answer (BelfryTestBackend *self,
                                     guint status,
                                     const char *type,
                                     const char *content,
                                     const char *cache_control);
void belfry_test_backend_set_mode (BelfryTestBackend *self, BelfryTestBackendMode mode);

/* Answers all that it holds. */
void belfry_test_backend_go_on (BelfryTestBackend *self);
guint belfry_test_backend_n_held (BelfryTestBackend *self);

/* Takes no connections any more. */
void belfry_test_backend_stop (BelfryTestBackend *self);

/* Speaks TLS from now on, with a certificate that is its own authority. */
void belfry_test_backend_start_tls (BelfryTestBackend *self);

/* Returns: (transfer none): that certificate, PEM */
const char *belfry_test_backend_get_certificate (void);

/* Returns: (transfer full): as in `http://127.0.0.1:4711/ask` */
char *belfry_test_backend_get_url (BelfryTestBackend *self);
guint belfry_test_backend_n_requests (BelfryTestBackend *self);

/* Returns: (transfer none): of the latest request */
const char *belfry_test_backend_get_body (BelfryTestBackend *self);
SoupMessageHeaders *belfry_test_backend_get_headers (BelfryTestBackend *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryTestBackend, belfry_test_backend_free)

G_END_DECLS
