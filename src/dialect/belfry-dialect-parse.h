/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-dialect-read.h"
#include "belfry-dialect.h"

G_BEGIN_DECLS

/**
 * BelfryDialectGrammar:
 *
 * In what a dialect's requests differ from another's: how things are called.
 */
typedef struct
{
  BelfryDialectName verb; /* the member that says what is asked for */
  BelfryDialectName topic;
  BelfryDialectName token;
  BelfryDialectName payload;
  gboolean has_lists;   /* "topics" may name several, and then "since" is by topic */
  gboolean has_session; /* "session" may name the session, which must be the client's own */
  const char *verbs[BELFRY_REQUEST_N_KINDS]; /* (unowned) */
} BelfryDialectGrammar;

/* #BelfryDialect's parse(), for a dialect that has a grammar. */
BelfryRequest *belfry_dialect_parse (const BelfryDialectGrammar *grammar,
                                     const BelfryDialectPeer *peer,
                                     gboolean text,
                                     const guint8 *bytes,
                                     gsize length,
                                     char **id,
                                     GError **error);

G_END_DECLS
