/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <belfry/belfry.h>

#include "belfry-deadline-wheel.h"
#include "belfry-directory.h"
#include "belfry-order.h"
#include "belfry-session.h"

G_BEGIN_DECLS

/* What the hub has under way for a session. */
typedef struct _BelfryOperation BelfryOperation;

/* A subscription as the hub knows it. */
typedef struct
{
  BelfryEntry *entry; /* (unowned): stays while it has subscribers */
  guint8 present;     /* the broker was told that the user is there */
  guint8 trusted;     /* given by an administrator: no policy is asked */
} BelfryHolding;

/**
 * BelfryRecord:
 *
 * What the hub knows of a session. The session's shard makes it and sends it off with its first
 * order; from then on the shard reads nothing of it but @id, and uses the pointer as a name.
 * There is one for each client, so it is small.
 */
struct _BelfryRecord
{
  /* Written by the shard, before the record is sent off */
  BelfryShard *shard;     /* (unowned): outlives it */
  BelfrySession *session; /* (unowned): what notices name; never looked into */
  const char *dialect;    /* (unowned): a constant */
  gint pid;
  guint uid;
  gboolean has_peer_credentials;
  guint16 endpoint;    /* where it begins in @text, as the next two */
  guint16 origin;      /* 0: there is none */
  guint16 certificate; /* 0: there is none */
  char id[BELFRY_SESSION_ID_LENGTH + 1];

  /* The hub's */
  guint8 closing : 1;    /* the session was told to go */
  guint8 ended : 1;      /* the session is gone; what it published before is not */
  guint8 joined : 1;     /* among the sessions of its user */
  guint8 warned : 1;     /* that its identity ends soon */
  guint8 asked : 1;      /* somebody asked, perhaps still does, what waits for it */
  guint8 busy : 1;       /* its orders are being worked off by a caller up the stack */
  guint8 unreviewed : 1; /* what it has is to be judged again */
  guint8 unsure : 1;     /* not all of it could be, the last time */
  guint8 failures;       /* of its attempts to sign in or refresh since the last good one */
  guint64 serial;
  gint64 opened;
  BelfryRecord *next;         /* (unowned) (nullable): in the order of serials */
  BelfryRecord *prev;         /* (unowned) (nullable) */
  BelfryRecord *user_next;    /* (unowned) (nullable): of the same user */
  BelfryRecord *user_prev;    /* (unowned) (nullable) */
  BelfryIdentity *identity;   /* (owned) (nullable) */
  BelfryOperation *operation; /* (unowned) (nullable): what it waits for; the hub's */
  BelfryOrder *orders;        /* (owned) (nullable): what comes behind that */
  BelfryOrder *last_order;    /* (unowned) (nullable) */
  BelfryDeadline expiry;
  union
  {
    BelfryHolding one;   /* while there was one at the most */
    BelfryHolding *many; /* (owned) (array length=n_holdings): otherwise */
  } holdings;
  guint n_holdings;
  guint max_holdings; /* that there is room for in @many; 0 stands for @one */
  char text[];        /* the client's address, then the others */
};

/* Any thread that owns what @params names. */
BelfryRecord *belfry_record_new (BelfryShard *shard,
                                 BelfrySession *session,
                                 const char *id,
                                 const BelfrySessionParams *params);
void belfry_record_free (BelfryRecord *self);

const char *belfry_record_get_endpoint (const BelfryRecord *self);

/* Returns: (nullable) */
const char *belfry_record_get_origin (const BelfryRecord *self);
const char *belfry_record_get_certificate (const BelfryRecord *self);

/* @token: (nullable). Returns: (transfer full): what the client shows of itself */
BelfryCredentials *belfry_record_make_credentials (const BelfryRecord *self, const char *token);

/* Returns: (array length=n_holdings): what the client has, until that changes */
static inline BelfryHolding *
belfry_record_get_holdings (const BelfryRecord *self)
{
  return self->max_holdings == 0 ? (BelfryHolding *) &self->holdings.one : self->holdings.many;
}

/* Returns: (nullable): what the client has of the topic */
BelfryHolding *belfry_record_find_holding (BelfryRecord *self, const BelfryEntry *entry);
void belfry_record_add_holding (BelfryRecord *self,
                                BelfryEntry *entry,
                                gboolean present,
                                gboolean trusted);
void belfry_record_remove_holding (BelfryRecord *self, BelfryHolding *holding);

/* @order: (transfer full) */
void belfry_record_push_order (BelfryRecord *self, BelfryOrder *order);

/* Returns: (transfer full) (nullable) */
BelfryOrder *belfry_record_pop_order (BelfryRecord *self);

G_END_DECLS
