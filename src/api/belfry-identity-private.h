/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <belfry/belfry.h>

G_BEGIN_DECLS

/* The lists of texts that an identity has: roles, grants of each action, and claims as names and
 * values in turn, ordered by name. */
typedef enum
{
  BELFRY_IDENTITY_ROLES = BELFRY_N_TOPIC_ACTIONS, /* the grants come before, by their action */
  BELFRY_IDENTITY_CLAIMS,
  BELFRY_IDENTITY_N_LISTS,
} BelfryIdentityList;

/* What the builder hands over, all of it copied and already found to be good. */
typedef struct
{
  const char *subject;                             /* (unowned) */
  const char *token_id;                            /* (unowned) (nullable) */
  const char *info;                                /* (unowned) (nullable) */
  const GPtrArray *lists[BELFRY_IDENTITY_N_LISTS]; /* (unowned) (element-type utf8) */
  gint64 expiry;
} BelfryIdentityParts;

BelfryIdentity *belfry_identity_new (const BelfryIdentityParts *parts);

G_END_DECLS
