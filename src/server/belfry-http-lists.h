/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-hub.h"

G_BEGIN_DECLS

/* What the HTTP API answers to questions, as JSON. Each appends one whole value. */

/* @next: (nullable): where the next page begins */
void belfry_http_lists_topics (const GPtrArray *topics, const char *next, GString *text);
void belfry_http_lists_sessions (const GPtrArray *sessions, guint limit, GString *text);
void belfry_http_lists_session (const BelfrySessionInfo *session, GString *text);
void belfry_http_lists_history (const char *topic, const BelfryHistoryPage *page, GString *text);
void belfry_http_lists_presence (const char *topic, const GPtrArray *entries, GString *text);

G_END_DECLS
