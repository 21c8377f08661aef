import { jobsOverHttp } from '../contract/jobs-over-http.ts';
import { type HttpFixture, openHttp } from './open-http.ts';
import { makeWorld } from './world.ts';

describe('jobs over HTTP, on the embedded engines', () => {
  let fixture: HttpFixture;
  before(async () => {
    fixture = await openHttp();
    await makeWorld(fixture);
  });
  after(() => fixture.close());

  jobsOverHttp(() => fixture);
});
