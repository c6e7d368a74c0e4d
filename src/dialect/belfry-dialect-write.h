/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

#include "belfry-event.h"
#include "belfry-json-write.h"

G_BEGIN_DECLS

/* What the dialects that are JSON write alike. Each of these appends members to the object that the
 * writer is in. */

/* Begins an object in a new text of @texts. */
void belfry_dialect_write_begin (BelfryJsonWriter *writer, GPtrArray *texts);

/* Ends it, with the request's id if it had one. */
void belfry_dialect_write_end (BelfryJsonWriter *writer, const BelfryEvent *event);

/* Nothing if @text is %NULL. */
void belfry_dialect_write_string (BelfryJsonWriter *writer, const char *name, const char *text);

/* `offset` and `epoch`, if there is a position. */
void belfry_dialect_write_position (BelfryJsonWriter *writer, const BelfryPosition *position);

/* The position, and `recovered` if that was asked. */
void belfry_dialect_write_place (BelfryJsonWriter *writer, const BelfryEventTopic *topic);

/**
 * belfry_dialect_write_payload:
 *
 * What is JSON stands as it is, byte for byte; other text as a string; other bytes in base64, with
 * an `encoding`.
 */
void belfry_dialect_write_payload (BelfryJsonWriter *writer,
                                   const char *name,
                                   const BelfryMessage *message);

/* `presence`: who is there. */
void belfry_dialect_write_presence (BelfryJsonWriter *writer, const GPtrArray *entries);

/**
 * belfry_dialect_write_error:
 *
 * `code` and `message`. What is not the client's own fault is told in words that are always the
 * same, and so is a refusal: neither is to tell what there is inside.
 */
void belfry_dialect_write_error (BelfryJsonWriter *writer, const GError *error);

/**
 * belfry_dialect_message_word:
 *
 * Returns: what a message of this kind is called: `message`, `join`, `leave`
 */
const char *belfry_dialect_message_word (const BelfryMessage *message);

/* Returns: (transfer none) (nullable): the topic that an answer is about */
const char *belfry_dialect_event_topic (const BelfryEvent *event);

G_END_DECLS
