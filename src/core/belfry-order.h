/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include <gio/gio.h>

#include "belfry-request.h"

G_BEGIN_DECLS

typedef struct _BelfryRecord BelfryRecord;
typedef struct _BelfryOrder BelfryOrder;

/**
 * BelfryOrderKind:
 *
 * What a shard tells the hub.
 */
typedef enum
{
  BELFRY_ORDER_OPEN,    /* the record is the hub's from now on; @token: from the handshake */
  BELFRY_ORDER_REQUEST, /* @request: the client asks for something */
  BELFRY_ORDER_FAULT,   /* @error, @request: to be answered in its turn */
  BELFRY_ORDER_QUEUED,  /* @cookie, @value: an answer to %BELFRY_NOTICE_ASK */
  BELFRY_ORDER_CLOSE,   /* @code, @text: the session is gone; the last order */
  BELFRY_ORDER_N_KINDS,
} BelfryOrderKind;

/**
 * BelfryOrder:
 *
 * Something on its way from a shard to the hub.
 */
struct _BelfryOrder
{
  BelfryOrder *next; /* (owned) (nullable): while it waits in its record */
  BelfryOrderKind kind;
  guint code;
  BelfryRecord *record;   /* (unowned), but owned by what opens it */
  BelfryRequest *request; /* (owned) (nullable) */
  GError *error;          /* (owned) (nullable) */
  char *token;            /* (owned) (nullable): a secret */
  GTask *task;            /* (owned) (nullable): the hub's own caller, who waits for it */
  char *text;             /* (owned) (nullable) */
  gboolean resumes; /* of one that opens: the session was one of the image before; @request: what
                       it had */
  guint64 cookie;
  guint64 value;
};

BelfryOrder *belfry_order_new (BelfryOrderKind kind, BelfryRecord *record);
void belfry_order_free (BelfryOrder *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BelfryOrder, belfry_order_free)

G_END_DECLS
