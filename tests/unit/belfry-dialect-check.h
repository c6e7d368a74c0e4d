/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-dialect.h"

G_BEGIN_DECLS

/* What the tests of dialects share: requests and texts as lines that a table can hold. */

#define BELFRY_CHECK_SESSION "AAAAAAAAAAAAAAAA"
#define BELFRY_CHECK_EPOCH G_GUINT64_CONSTANT (0x00000000000000e1)
#define BELFRY_CHECK_EPOCH_TEXT "00000000000000e1"
#define BELFRY_CHECK_MAX_MESSAGE 64
#define BELFRY_CHECK_MAX_TOPICS 4

/**
 * belfry_check_parse:
 * @length: of @text; -1 if it ends with NUL
 *
 * Parses a client's text, which lies in a block of exactly its size, and holds the dialect to its
 * contract: a request or an error, never both, and an error that a client may see.
 *
 * Returns: (transfer full): the request in one line, "KIND TOPIC@OFFSET:EPOCH … token=… payload=…
 * limit=… id=…", or the error, "!CODE id=…"
 */
char *belfry_check_parse (const BelfryDialect *dialect, const char *text, gssize length);

/**
 * belfry_check_event:
 *
 * Returns: (transfer full): the texts, one a line, each of which was found to be JSON if the
 * dialect is
 */
char *belfry_check_event (const BelfryDialect *dialect, const BelfryEvent *event);

/* Returns: (transfer full): the text of a message, likewise */
char *belfry_check_message (const BelfryDialect *dialect, const BelfryMessage *message);

BelfryMessage *belfry_check_message_new (BelfryMessageKind kind,
                                         const char *topic,
                                         const char *payload,
                                         guint64 offset);

G_END_DECLS
