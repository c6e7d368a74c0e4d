/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-client.h"
#include "belfry-deadline-wheel.h"

G_BEGIN_DECLS

/**
 * BelfryRosterFunc:
 * @client: who is to be told to go
 */
typedef void (*BelfryRosterFunc) (BelfryClient *client, gpointer user_data);

/**
 * BelfryRoster:
 *
 * The clients of one worker, and who of them is to leave when: those who are sent off go one after
 * the other, evenly over the time that there is for it, however many they are. Embedded in the
 * worker; one thread. Its fields are its own, but for the numbers, which may be read.
 */
typedef struct
{
  /*< private >*/
  BelfryDeadlineWheel *wheel;                     /* (unowned) (nullable): once it runs */
  BelfryClient *first[BELFRY_CLIENT_N_STANDINGS]; /* (owned) (nullable): a list each */
  guint n[BELFRY_CLIENT_N_STANDINGS];
  BelfryRosterFunc func; /* (unowned) */
  gpointer user_data;    /* (unowned) (nullable) */
  BelfryDeadline step;
  gint64 due;   /* when the next of the chosen is to be told */
  gint64 until; /* when all of them are to have been */
} BelfryRoster;

/**
 * belfry_roster_init:
 * @wheel: tells the time; outlives what is here
 * @func: tells a client to go; must not take it out at once
 */
void belfry_roster_init (BelfryRoster *self,
                         BelfryDeadlineWheel *wheel,
                         BelfryRosterFunc func,
                         gpointer user_data);

/**
 * belfry_roster_clear:
 *
 * Tells nobody any more. Who is still here stays until he is taken out.
 */
void belfry_roster_clear (BelfryRoster *self);

/* Enters a client, who stays until further notice, or takes one out; both leave it alone
 * otherwise. */
void belfry_roster_add (BelfryRoster *self, BelfryClient *client);
void belfry_roster_remove (BelfryRoster *self, BelfryClient *client);

/* How many there are, those who were told to go included until they are taken out. */
guint belfry_roster_count (const BelfryRoster *self);

/* Returns: (nullable): one of them, whoever it is */
BelfryClient *belfry_roster_peek (const BelfryRoster *self);

/* @func: must not take one out at once */
void belfry_roster_foreach (const BelfryRoster *self, BelfryRosterFunc func, gpointer user_data);

/**
 * belfry_roster_send_off:
 * @percent: how many of a hundred of those who stay; they are chosen at random, so that nobody is
 * sent away each time
 * @duration: microseconds over which they are told, evenly; 0 for all at once
 *
 * Those who were chosen before and not told yet go with the others, in the new time.
 */
void belfry_roster_send_off (BelfryRoster *self, guint percent, gint64 duration);

G_END_DECLS
