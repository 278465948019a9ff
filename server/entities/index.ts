import { Agent } from './agent.js';
import { ApiToken } from './api-token.js';
import { AuditEvent } from './audit-event.js';
import { ProbeDeclaration } from './probe-declaration.js';
import { Report } from './report.js';
import { Session } from './session.js';
import { SystemSetting } from './system-setting.js';
import { Target } from './target.js';
import { TestAssignment } from './test-assignment.js';
import { Test } from './test.js';
import { User } from './user.js';

/** Every entity of the database; a new one is added here and gets its table in a migration. */
export const ENTITIES = [User, Session, ApiToken, Agent, ProbeDeclaration, AuditEvent, SystemSetting, Target, Test, TestAssignment, Report];
