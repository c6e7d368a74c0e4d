/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-record"

#include "config.h"

#include "belfry-record.h"

#include <string.h>

/* A session as the hub has it. The texts that came with the client stand behind the struct, since
 * allocations of their own would cost more than they do. */

/* So that the places of four texts fit into sixteen bits. A request's head is shorter anyway. */
#define MAX_TEXT 16383

static gsize
text_size (const char *text)
{
  return text != NULL ? strnlen (text, MAX_TEXT) + 1 : 0;
}

/* Returns: where the text begins; 0 if there is none */
static guint16
put (BelfryRecord *self, gsize *end, const char *text)
{
  gsize size = text_size (text);
  gsize at = *end;

  if (size == 0)
    return 0;
  memcpy (self->text + at, text, size - 1);
  self->text[at + size - 1] = '\0';
  *end += size;
  return (guint16) at;
}

BelfryRecord *
belfry_record_new (BelfryShard *shard,
                   BelfrySession *session,
                   const char *id,
                   const BelfrySessionParams *params)
{
  gsize size = text_size (params->peer) + text_size (params->endpoint) +
               text_size (params->origin) + text_size (params->certificate);
  BelfryRecord *self = g_malloc0 (sizeof *self + size);
  gsize end = 0;

  self->shard = shard;
  self->session = session;
  self->dialect = params->dialect;
  self->has_peer_credentials = params->has_peer_credentials;
  self->uid = params->uid;
  self->pid = params->pid;
  g_strlcpy (self->id, id, sizeof self->id);
  put (self, &end, params->peer);
  self->endpoint = put (self, &end, params->endpoint);
  self->origin = put (self, &end, params->origin);
  self->certificate = put (self, &end, params->certificate);
  return self;
}

void
belfry_record_free (BelfryRecord *self)
{
  while (self->orders != NULL)
    belfry_order_free (belfry_record_pop_order (self));
  belfry_deadline_cancel (&self->expiry);
  g_clear_pointer (&self->identity, belfry_identity_unref);
  if (self->max_holdings > 0)
    g_free (self->holdings.many);
  g_free (self);
}

const char *
belfry_record_get_endpoint (const BelfryRecord *self)
{
  return self->text + self->endpoint;
}

const char *
belfry_record_get_origin (const BelfryRecord *self)
{
  return self->origin != 0 ? self->text + self->origin : NULL;
}

const char *
belfry_record_get_certificate (const BelfryRecord *self)
{
  return self->certificate != 0 ? self->text + self->certificate : NULL;
}

BelfryCredentials *
belfry_record_make_credentials (const BelfryRecord *self, const char *token)
{
  const BelfryCredentialsParams params = {
    .token = token,
    .address = self->text,
    .origin = belfry_record_get_origin (self),
    .endpoint = belfry_record_get_endpoint (self),
    .certificate = belfry_record_get_certificate (self),
    .has_peer = self->has_peer_credentials,
    .uid = self->uid,
    .pid = self->pid,
  };

  return belfry_credentials_new (&params);
}

BelfryHolding *
belfry_record_find_holding (BelfryRecord *self, const BelfryEntry *entry)
{
  BelfryHolding *holdings = belfry_record_get_holdings (self);

  for (guint i = 0; i < self->n_holdings; i++)
    {
      if (holdings[i].entry == entry)
        return &holdings[i];
    }
  return NULL;
}

/* Most clients have one. */
void
belfry_record_add_holding (BelfryRecord *self,
                           BelfryEntry *entry,
                           gboolean present,
                           gboolean trusted)
{
  if (self->max_holdings == 0 && self->n_holdings == 1)
    {
      BelfryHolding first = self->holdings.one;

      self->max_holdings = 4;
      self->holdings.many = g_new (BelfryHolding, self->max_holdings);
      self->holdings.many[0] = first;
    }
  else if (self->max_holdings > 0 && self->n_holdings == self->max_holdings)
    {
      self->max_holdings *= 2;
      self->holdings.many = g_renew (BelfryHolding, self->holdings.many, self->max_holdings);
    }
  belfry_record_get_holdings (self)[self->n_holdings++] =
      (BelfryHolding){ entry, present ? 1 : 0, trusted ? 1 : 0 };
}

/* The room shrinks with the last one only. */
void
belfry_record_remove_holding (BelfryRecord *self, BelfryHolding *holding)
{
  *holding = belfry_record_get_holdings (self)[--self->n_holdings];
  if (self->n_holdings > 0 || self->max_holdings == 0)
    return;
  g_free (self->holdings.many);
  self->max_holdings = 0;
}

void
belfry_record_push_order (BelfryRecord *self, BelfryOrder *order)
{
  order->next = NULL;
  if (self->last_order != NULL)
    self->last_order->next = order;
  else
    self->orders = order;
  self->last_order = order;
}

BelfryOrder *
belfry_record_pop_order (BelfryRecord *self)
{
  BelfryOrder *order = self->orders;

  if (order == NULL)
    return NULL;
  self->orders = order->next;
  if (self->orders == NULL)
    self->last_order = NULL;
  order->next = NULL;
  return order;
}
