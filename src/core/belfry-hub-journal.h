/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-gate.h"
#include "belfry-log-limit.h"
#include "belfry-record.h"

G_BEGIN_DECLS

/**
 * BelfryHubJournal:
 *
 * What the hub writes into the log of things that clients can cause, with a limit for each kind.
 * Never a token, never a payload. Embedded in the hub; main thread.
 */
typedef struct
{
  /*< private >*/
  BelfryLogLimit refused;
  BelfryLogLimit crowded;
  BelfryLogLimit forbidden;
  BelfryLogLimit filtered;
  BelfryLogLimit backlog;
} BelfryHubJournal;

void belfry_hub_journal_init (BelfryHubJournal *self, BelfryDeadlineWheel *wheel);
void belfry_hub_journal_clear (BelfryHubJournal *self);

void belfry_hub_journal_authenticated (const BelfryRecord *record);

/**
 * belfry_hub_journal_refused:
 * @record: (nullable): who it was, unless it was a request
 * @peer: (nullable): the address, if there is no record
 * @user: (nullable): who he is, if that could be found out
 * @objection: (nullable): who said no
 *
 * Somebody did not get in.
 */
void belfry_hub_journal_refused (BelfryHubJournal *self,
                                 const BelfryRecord *record,
                                 const char *peer,
                                 const char *user,
                                 const GError *error,
                                 const BelfryGateObjection *objection);

/**
 * belfry_hub_journal_forbidden:
 * @record: (nullable): whose session wants it
 * @identity: (nullable): who wants it
 * @objection: (nullable): who said no
 */
void belfry_hub_journal_forbidden (BelfryHubJournal *self,
                                   const BelfryRecord *record,
                                   BelfryIdentity *identity,
                                   BelfryTopicAction action,
                                   const char *topic,
                                   const BelfryGateObjection *objection);

/* A message was refused for what is in it; parameters as above. */
void belfry_hub_journal_filtered (BelfryHubJournal *self,
                                  const BelfryRecord *record,
                                  BelfryIdentity *identity,
                                  const char *topic,
                                  const BelfryGateObjection *objection);

/* A worker is so far behind that it does not get a message of this topic. */
void belfry_hub_journal_backlog (BelfryHubJournal *self, const char *topic);

/**
 * belfry_hub_journal_administered:
 * @message_id: what was done
 * @user: (nullable): to whom
 * @session: (nullable): or to which session
 *
 * An administrator has done something to somebody, which nobody else can cause.
 */
void belfry_hub_journal_administered (const char *message_id,
                                      const char *user,
                                      const char *session,
                                      const char *format,
                                      ...) G_GNUC_PRINTF (4, 5);

G_END_DECLS
