/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-rules-set.h"

G_BEGIN_DECLS

/**
 * belfry_rules_question_ask_async:
 * @host: who knows the memberships
 * @set: the rules, which are held until the end
 * @identity: (nullable): who asks
 *
 * Decides what cannot be decided without asking for memberships, one after the other. Ends with
 * what the first rule says that matches, or with what @set says where none does. Where none does
 * and one might have, if only it were known whether the user is a member, it fails with
 * %BELFRY_PLUGIN_ERROR_UNAVAILABLE. Main thread.
 */
void belfry_rules_question_ask_async (BelfryPluginHost *host,
                                      BelfryRulesSet *set,
                                      BelfryIdentity *identity,
                                      BelfryTopicAction action,
                                      const char *topic,
                                      GCancellable *cancellable,
                                      GAsyncReadyCallback callback,
                                      gpointer user_data);
gboolean
belfry_rules_question_ask_finish (GAsyncResult *result, BelfryVerdict *verdict, GError **error);

G_END_DECLS
