/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-dialect.h"

G_BEGIN_DECLS

#define BELFRY_PAPER_EPOCH G_GUINT64_CONSTANT (0x5eed5eed5eed5eed)
#define BELFRY_PAPER_SESSION "SESSION"
#define BELFRY_PAPER_TOKEN "TOKEN"
#define BELFRY_PAPER_TEXT "TEXT"

/**
 * BelfryPaperCore:
 *
 * As much of a service as the examples of the protocol's page need: one client, alice, whose
 * dialect is a real one, and behind it the rules that the page names. "news" has a history, "lobby"
 * presence, "secret" is forbidden. All words of errors for people are "TEXT".
 */
typedef struct _BelfryPaperCore BelfryPaperCore;

/* The client has connected; with @signed_in, it has signed in, too, and read what it was told. */
BelfryPaperCore *belfry_paper_core_new (const BelfryDialect *dialect, gboolean signed_in);
void belfry_paper_core_free (BelfryPaperCore *self);

/* The client says something. */
void belfry_paper_core_say (BelfryPaperCore *self, const char *text);

/* The client opens an event stream. @target: path and query */
void belfry_paper_core_get (BelfryPaperCore *self, const char *target, const char *last_event_id);

/**
 * belfry_paper_core_happen:
 * @what: "publish TOPIC PAYLOAD", "join TOPIC USER", "leave TOPIC USER", "lose TOPIC REASON",
 * "remove TOPIC", "expire", "close CODE REASON"
 *
 * Something happens elsewhere.
 *
 * Returns: whether that is known
 */
gboolean belfry_paper_core_happen (BelfryPaperCore *self, const char *what);

/* Returns: (transfer full) (nullable): the next line that the client is told */
char *belfry_paper_core_next (BelfryPaperCore *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryPaperCore, belfry_paper_core_free)

G_END_DECLS
