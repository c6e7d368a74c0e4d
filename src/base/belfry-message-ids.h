/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#pragma once

/* The journal's MESSAGE_ID of every event that an operator may want to find or be told more about.
 * Each has an entry in `data/belfry.catalog`; a test compares the two. An identifier, once
 * released, never changes its meaning. */

#define BELFRY_MESSAGE_STARTED "9833e25836efe6a23d74e129e592bd0f"
#define BELFRY_MESSAGE_START_FAILED "c398a21c6ea95bb2e9736f8eb5f7b49c"
#define BELFRY_MESSAGE_STOPPED "a8d0aa92709e8b02e231635b016b86e1"
#define BELFRY_MESSAGE_STOP_FORCED "2be635c5059622e5c4038356b6412bc2"
#define BELFRY_MESSAGE_RELOADED "4cc296641e5c23837980331be20f12a6"
#define BELFRY_MESSAGE_RELOAD_REFUSED "e23faa6fcb5e12baa67fe8fd56708925"
#define BELFRY_MESSAGE_DRAINING "1f5259a70b6af4b42d22edf3e0c5297c"
#define BELFRY_MESSAGE_DRAIN_EXPIRED "341b0b144e674591a620c77d573219f3"
#define BELFRY_MESSAGE_SETTING_CHANGED "a5b2033c53093feaa58fb51b102ac5d7"
#define BELFRY_MESSAGE_WATCHDOG_HELD_BACK "a6d467d1a39754f36b3b9204bc666969"
#define BELFRY_MESSAGE_DESCRIPTORS_SHORT "e85f9d8e2c36f5b6f540d93ba385c30a"
#define BELFRY_MESSAGE_LOG_LINES_LOST "2b75453d96825612e42425272db1f30b"
#define BELFRY_MESSAGE_INSECURE_SETTING "5ffe715a3b0d74902a55ab81bd3bf881"
